/* bf16: rounding, and products that have the bits of a chain written down, with the processor's instruction
 * and without. */
#include "test.h"
#include "naive.h"
#include "base/mem.h"
#include "nn/act.h"
#include "nn/gemm_bf16.h"

#include <float.h>

static bf16 *rounded(const float *values, size_t count)
{
    bf16 *numbers = eel_alloc(count + 1, sizeof *numbers);

    for (size_t i = 0; i < count; i++)
        numbers[i] = bf16_of(values[i]);
    return numbers;
}

TEST(numbers_are_rounded_to_nearest_and_ties_to_even)
{
    assert_true(bf16_float(bf16_of(1)) == 1 && bf16_float(bf16_of(-0.15625f)) == -0.15625f);
    assert_true(bf16_float(bf16_of(1 + 0x1p-8f)) == 1);             /* a tie: 1 is even */
    assert_true(bf16_float(bf16_of(1 + 0x1.8p-7f)) == 1 + 0x1p-6f); /* a tie: the upper one is even */
    assert_true(bf16_float(bf16_of(1 + 0x1.02p-8f)) == 1 + 0x1p-7f);
    assert_true(isinf(bf16_float(bf16_of(INFINITY))) && isinf(bf16_float(bf16_of(FLT_MAX))));
    assert_true(isnan(bf16_float(bf16_of(NAN))) && isnan(bf16_float(bf16_of(-NAN))));
    assert_int_equal(bf16_of(0x1p-127f), 0);
    assert_int_equal(bf16_of(-0x1p-127f), 0x8000);
}

/* The definition: pairs in their order, the second of a pair first, each step a fused multiply-add. */
static float chain(const bf16 *x, const float *w, size_t k, size_t n, size_t column, float sum)
{
    for (size_t i = 0; i < k; i += 2) {
        for (size_t second = 2; second-- > 0;) {
            if (i + second < k)
                sum = fmaf(bf16_float(x[i + second]), bf16_float(bf16_of(w[(i + second) * n + column])), sum);
        }
    }
    return sum;
}

/* The other one: slices of k, of each two chains from 0, which are added before they are added to the sum. */
static float slices(const bf16 *x, const float *w, size_t k, size_t n, size_t column, float sum)
{
    size_t pairs = (k + 1) / 2, slice = gemm_bf16_slice(pairs);

    for (size_t first = 0; first < pairs; first += slice) {
        float part[2] = {0, 0};
        for (size_t i = 2 * first; i < 2 * (first + slice) && i < k; i++)
            part[i % 2] = fmaf(bf16_float(x[i]), bf16_float(bf16_of(w[i * n + column])), part[i % 2]);
        part[0] += part[1];
        sum += part[0];
    }
    return sum;
}

typedef float (*definition)(const bf16 *x, const float *w, size_t k, size_t n, size_t column, float sum);

/* x (m, k) with rows ldx apart, k odd or even: a zero follows in the weights. */
static void check(const gemm_bf16_kernel *kernel, definition defined, size_t m, size_t k, size_t n, size_t ldx)
{
    size_t pairs = (k + 1) / 2 * 2;
    float *xf = random_floats(m * ldx + pairs, 1), *w = random_floats(k * n, 2), *bias = random_floats(n, 3);
    bf16 *x = rounded(xf, m * ldx + pairs);
    void *packed = eel_alloc(kernel->packed_bytes(pairs, n), 1);
    float *sums = eel_alloc(m * n, sizeof *sums);
    bf16 *leaky = eel_alloc(m * n, sizeof *leaky);
    float *scratch = eel_alloc(gemm_bf16_scratch_count(pairs, n), sizeof *scratch);

    kernel->pack(packed, w, k, n, 1);
    kernel->product(sums, n, x, ldx, packed, bias, m, pairs, n, GEMM_BF16_SUMS, scratch);
    kernel->product(leaky, n, x, ldx, packed, bias, m, pairs, n, GEMM_BF16_LEAKY, scratch);

    for (size_t i = 0; i < m * n; i++) {
        float want = defined(x + i / n * ldx, w, k, n, i % n, bias[i % n]);
        assert_memory_equal(&sums[i], &want, sizeof want);
        assert_int_equal(leaky[i], bf16_of(act_leaky(want)));
    }
    eel_free(xf), eel_free(w), eel_free(bias), eel_free(x), eel_free(packed);
    eel_free(sums), eel_free(leaky), eel_free(scratch);
}

static void check_shapes(const gemm_bf16_kernel *kernel, definition defined)
{
    static const size_t columns[] = {1, 7, 8, 16, 17, 24, 31, 32, 33, 48, 65, 130, 288};

    for (size_t m = 1; m <= 25; m += m < 13 ? 1 : 6) {
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
            check(kernel, defined, m, 9 + m % 4, columns[c], 12);
    }
    check(kernel, defined, 40, 22, 16, 7);
    check(kernel, defined, 60, 22, 16, 8); /* rows overlap, as a convolution's */
    check(kernel, defined, 64, 120, 48, 120);
    check(kernel, defined, 33, 67, 40, 68);
    check(kernel, defined, 5, 37, 20, 38); /* 19 pairs: slices of one */
}

static void check_instruction(const gemm_bf16_kernel *kernel, definition defined, const char *name)
{
    if (!kernel) {
        print_message("SKIPPED: this processor has no %s\n", name);
        skip();
    }
    check_shapes(kernel, defined);
}

TEST(products_in_pairs_have_the_bits_of_the_chain)
{
    check_shapes(gemm_bf16_pairs_portable(), chain);
}

TEST(products_in_pairs_with_the_instruction_have_the_same_bits)
{
    check_instruction(gemm_bf16_pairs_avx512(), chain, "AVX-512 BF16");
}

TEST(products_in_tiles_have_the_bits_of_their_slices)
{
    check_shapes(gemm_bf16_tiles_portable(), slices);
}

TEST(products_in_tiles_with_the_instruction_have_the_same_bits)
{
    check_instruction(gemm_bf16_tiles_amx(), slices, "AMX");
}

static void check_twice(const gemm_bf16_kernel *kernel)
{
    float w[3 * 2] = {1, 2, 3, 4, 5, 6}, sums[2];
    float *scratch = eel_alloc(gemm_bf16_scratch_count(6, 2), sizeof *scratch);
    void *packed = eel_alloc(kernel->packed_bytes(6, 2), 1);
    bf16 x[6];

    for (int i = 0; i < 6; i++)
        x[i] = bf16_of((float)(1 << i));
    kernel->pack(packed, w, 3, 2, 2);
    kernel->product(sums, 2, x, 6, packed, (float[]){0.5f, 0}, 1, 6, 2, GEMM_BF16_SUMS, scratch);

    assert_true(sums[0] == 0.5f + 3 * 1 + 12 * 3 + 48 * 5);
    assert_true(sums[1] == 3 * 2 + 12 * 4 + 48 * 6);
    eel_free(scratch), eel_free(packed);
}

TEST(a_row_of_weights_may_stand_twice)
{
    check_twice(gemm_bf16_pairs());
    check_twice(gemm_bf16_pairs_portable());
    check_twice(gemm_bf16_tiles());
    check_twice(gemm_bf16_tiles_portable());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_rounded_to_nearest_and_ties_to_even),
        cmocka_unit_test(products_in_pairs_have_the_bits_of_the_chain),
        cmocka_unit_test(products_in_pairs_with_the_instruction_have_the_same_bits),
        cmocka_unit_test(products_in_tiles_have_the_bits_of_their_slices),
        cmocka_unit_test(products_in_tiles_with_the_instruction_have_the_same_bits),
        cmocka_unit_test(a_row_of_weights_may_stand_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
