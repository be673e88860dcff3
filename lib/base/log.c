#include "base/log.h"
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *log_name;

void eel_log_name(const char *name)
{
    log_name = name;
}

void eel_log(const char *format, ...)
{
    char line[EEL_WORDS_MAX + 64];
    va_list args;
    int n = snprintf(line, sizeof line, "%s: ",
                     log_name ? log_name : program_invocation_short_name);

    va_start(args, format);
    if (n > 0 && (size_t)n < sizeof line)
        vsnprintf(line + n, sizeof line - (size_t)n - 1, format, args);
    va_end(args);
    size_t length = strlen(line);
    line[length++] = '\n';
    fflush(stdout); /* eel_log_exit tells of a full disk */
    if (write(STDERR_FILENO, line, length) < 0)
        return; /* nobody reads: nothing more to say */
}

int eel_log_exit(int code)
{
    if (code == EEL_OK && (fflush(stdout) || ferror(stdout)))
        code = eel_fail(EEL_EIO, "standard output: cannot be written");
    if (code != EEL_OK && code != EEL_ECANCEL)
        eel_log("%s", eel_words());
    return eel_exit(code);
}
