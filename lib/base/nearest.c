#include "base/nearest.h"

#include <string.h>

#define WORD_MAX 64

/* Levenshtein's distance: letters to insert, delete or change. Words beyond the limit are far. */
static int distance(const char *a, const char *b)
{
    int row[WORD_MAX], columns = (int)strlen(b);

    if (columns >= WORD_MAX || strlen(a) >= WORD_MAX)
        return WORD_MAX;
    for (int j = 0; j <= columns; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= columns; j++) {
            int best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[columns];
}

const char *eel_nearest_word(const char *word, const char *const *list, int count)
{
    const char *nearest = NULL;
    int best = (int)strlen(word) / 3 + 2; /* that many changes: a different word */

    for (int i = 0; i < count; i++) {
        int changes = distance(word, list[i]);
        if (changes < best) {
            best = changes;
            nearest = list[i];
        }
    }
    return nearest;
}
