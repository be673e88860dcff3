/*
 * test - the vocabulary of every unit test, on cmocka.
 *
 * One claim per test, the name is the claim; arrange, act and assert stand apart by blank lines.
 *
 *     TEST(a_truncated_file_is_refused)
 *     {
 *         const char *path = …;
 *
 *         int code = eel_image_open(&image, path, NULL);
 *
 *         assert_fails(EEL_EFORMAT, code);
 *     }
 *
 */
#ifndef EEL_TEST_H
#define EEL_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"

#define TEST(name) static void name(void **cmocka_state __attribute__((unused)))

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        int code_ = (call);                                                                        \
        if (code_ != EEL_OK)                                                                       \
            fail_msg("%s: %d, %s", #call, code_, eel_words());                                     \
    } while (0)

/* The call fails with that code and says something. */
#define assert_fails(expected, call)                                                               \
    do {                                                                                           \
        int code_ = (call);                                                                        \
        if (code_ != (expected))                                                                   \
            fail_msg("%s: %d (%s), expected %d", #call, code_, eel_words(), (expected));           \
        assert_true(eel_words()[0] != 0);                                                          \
    } while (0)

/* |got - want| <= tolerance x (1 + |want|), element by element; NAN equals NAN. */
#define assert_floats(got, want, n, tolerance)                                                     \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < (size_t)(n); i_++) {                                              \
            double g_ = (got)[i_], w_ = (want)[i_];                                                \
            if (!(fabs(g_ - w_) <= (tolerance) * (1 + fabs(w_))) && !(isnan(g_) && isnan(w_)))     \
                fail_msg("%s[%zu] = %.9g, expected %.9g", #got, i_, g_, w_);                       \
        }                                                                                          \
    } while (0)

/* The words of the last failure hold this piece. */
#define assert_words(piece)                                                                        \
    do {                                                                                           \
        if (!strstr(eel_words(), (piece)))                                                         \
            fail_msg("words \"%s\" lack \"%s\"", eel_words(), (piece));                            \
    } while (0)

/* Ends the whole program as skipped by name (CTest status 77). */
#define skip_all(reason)                                                                           \
    do {                                                                                           \
        printf("SKIPPED: %s\n", (reason));                                                         \
        exit(77);                                                                                  \
    } while (0)

#endif
