/*
 * digits - numbers in decimal, the same bytes as those of printf, some ten times as fast: for
 * tables of millions of numbers.
 */
#ifndef EEL_BASE_DIGITS_H
#define EEL_BASE_DIGITS_H

#include <stdint.h>

#define EEL_DIGITS_MAX   9  /* significant ones */
#define EEL_DIGITS_BYTES 24 /* that any number needs at most */

/* As "%.*g" with 1 to EEL_DIGITS_MAX digits, and as "%ju". Return where the number ends; no zero
 * follows. */
char *eel_digits(char *out, double value, int digits);
char *eel_digits_whole(char *out, uint64_t value);

#endif
