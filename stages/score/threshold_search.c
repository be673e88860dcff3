#include "score/threshold_search.h"

#include <assert.h>
#include <math.h>

void eel_search_lowest(double *lowest, int n, double low, double high, double ratio,
                       eel_search_ask *ask, void *context)
{
    double below[EEL_SEARCH_MAX] = {0}, above[EEL_SEARCH_MAX] = {0}, middle[EEL_SEARCH_MAX];
    int top[EEL_SEARCH_MAX], bottom[EEL_SEARCH_MAX], seen[EEL_SEARCH_MAX];

    assert(n <= EEL_SEARCH_MAX && low > 0 && high > low && ratio > 1);
    for (int i = 0; i < n; i++) {
        below[i] = low;
        above[i] = high;
    }
    ask(context, above, top, n);
    ask(context, below, bottom, n);
    for (double gap = high / low; gap > ratio; gap = sqrt(gap)) {
        for (int i = 0; i < n; i++)
            middle[i] = sqrt(below[i] * above[i]);
        ask(context, middle, seen, n);
        for (int i = 0; i < n; i++)
            *(seen[i] ? &above[i] : &below[i]) = middle[i];
    }
    for (int i = 0; i < n; i++)
        lowest[i] = !top[i] ? INFINITY : bottom[i] ? low : above[i];
}
