#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char words[EEL_WORDS_MAX];

/* What is quoted from outside may hold line ends, or orders to a terminal. */
static void one_line(void)
{
    for (char *c = words; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    }
}

int eel_fail(int code, const char *format, ...)
{
    char text[EEL_WORDS_MAX]; /* the arguments may point into the old words */
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(words, text, sizeof words);
    one_line();
    return code;
}

int eel_fail_in(int code, const char *format, ...)
{
    char text[EEL_WORDS_MAX];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof text)
        snprintf(text + n, sizeof text - (size_t)n, ": %s", words);
    memcpy(words, text, sizeof words);
    one_line();
    return code;
}

const char *eel_words(void)
{
    return words;
}

int eel_exit(int code)
{
    return code == EEL_OK ? 0 : code == EEL_EARGS ? 2 : 1;
}
