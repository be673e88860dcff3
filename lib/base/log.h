/*
 * log - lines on stderr for people: "eelstream-infer: words". One write per line, so that the
 * lines of many processes do not mix. Only programs log; the library returns words (err.h).
 */
#ifndef EEL_BASE_LOG_H
#define EEL_BASE_LOG_H

/* The name that starts every line; the program's own by default. Not copied. */
void eel_log_name(const char *name);

/* What was printed to stdout is written first: where both go to one file, the lines stand in their order. */
void eel_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The words of a failure, unless it is EEL_ECANCEL (then someone else has said why). Returns the
 * exit status for `code`, so that main can end with: return eel_log_exit(code);
 * Results that could not be written to stdout, on a full disk, are a failure too. */
int eel_log_exit(int code);

#endif
