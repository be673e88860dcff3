#include "base/digits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANTISSA_BITS 52
#define POWER_MAX     27   /* 5^27 is the last below 2^64 */
#define SCIENTIFIC    (-5) /* printf writes 1e-05, but 0.0001 */

static uint64_t power(unsigned base, int exponent)
{
    uint64_t result = 1;

    while (exponent-- > 0)
        result *= base;
    return result;
}

char *eel_digits_whole(char *out, uint64_t value)
{
    char reversed[EEL_DIGITS_BYTES];
    int n = 0;

    do
        reversed[n++] = (char)('0' + value % 10);
    while (value /= 10);
    while (n > 0)
        *out++ = reversed[--n];
    return out;
}

#ifdef __SIZEOF_INT128__
/* value = mantissa 2^-scale; times 10^k, to the nearest integer, ties to even. 0 <= k <= POWER_MAX,
 * 0 < scale - k < 128. The product is exact: 53 and 63 bits. */
static uint64_t times_power_of_ten(uint64_t mantissa, int scale, int k)
{
    unsigned __int128 product = (unsigned __int128)mantissa * power(5, k), one = 1;
    int shift = scale - k;
    unsigned __int128 rest = product & ((one << shift) - 1), half = one << (shift - 1);
    uint64_t whole = (uint64_t)(product >> shift);

    return whole + (rest > half || (rest == half && (whole & 1)));
}

/* The digits of a normal number as an integer, and the power of ten of the first of them. Returns 0
 * when this is no matter of 64 bits. */
static uint64_t significant(double value, int digits, int *first)
{
    uint64_t bits, number;
    memcpy(&bits, &value, sizeof bits);
    int exponent = (int)(bits >> MANTISSA_BITS & 0x7ff) - 1023;
    uint64_t mantissa = (bits & ((1ull << MANTISSA_BITS) - 1)) | 1ull << MANTISSA_BITS;

    *first = (int)floor(exponent * 0.30102999566398120) - 1; /* log10 of 2^exponent, or one less */
    do {
        int k = digits - 1 - ++*first;
        if (k < 0 || k > POWER_MAX)
            return 0;
        number = times_power_of_ten(mantissa, MANTISSA_BITS - exponent, k);
    } while (number >= power(10, digits));
    return number;
}
#else
#define significant(value, digits, first) (*(first) = 0)
#endif

/* `number` without its last zeros, the point after the first `before` digits, of which there may be
 * none. */
static char *place(char *out, uint64_t number, int before)
{
    char text[EEL_DIGITS_BYTES];

    while (number % 10 == 0)
        number /= 10;
    int n = (int)(eel_digits_whole(text, number) - text);
    if (before <= 0)
        *out++ = '0';
    for (int at = 0; at < before; at++)
        *out++ = at < n ? text[at] : '0';
    if (before >= n)
        return out;
    *out++ = '.';
    for (; before < 0; before++)
        *out++ = '0';
    memcpy(out, text + before, (size_t)(n - before)); /* from 0 on, where there were zeros */
    return out + n - before;
}

char *eel_digits(char *out, double value, int digits)
{
    int first;
    uint64_t number = significant(value, digits, &first);

    if (!number)
        return out + snprintf(out, EEL_DIGITS_BYTES, "%.*g", digits, value);
    if (signbit(value))
        *out++ = '-';
    if (first > SCIENTIFIC)
        return place(out, number, first + 1);
    out = place(out, number, 1);
    *out++ = 'e', *out++ = '-';
    *out++ = (char)('0' + -first / 10);
    *out++ = (char)('0' + -first % 10);
    return out;
}
