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

/* x (m, k) with rows ldx apart, k odd or even: a zero follows in the weights. */
static void check(const gemm_bf16_kernel *kernel, size_t m, size_t k, size_t n, size_t ldx)
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
        float want = chain(x + i / n * ldx, w, k, n, i % n, bias[i % n]);
        assert_memory_equal(&sums[i], &want, sizeof want);
        assert_int_equal(leaky[i], bf16_of(act_leaky(want)));
    }
    eel_free(xf), eel_free(w), eel_free(bias), eel_free(x), eel_free(packed);
    eel_free(sums), eel_free(leaky), eel_free(scratch);
}

static void check_shapes(const gemm_bf16_kernel *kernel)
{
    static const size_t columns[] = {1, 7, 8, 16, 17, 24, 31, 32, 33, 48, 65, 130, 288};

    for (size_t m = 1; m <= 25; m += m < 13 ? 1 : 6) {
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
            check(kernel, m, 9 + m % 4, columns[c], 12);
    }
    check(kernel, 40, 22, 16, 7);
    check(kernel, 60, 22, 16, 8); /* rows overlap, as a convolution's */
}

TEST(products_without_the_instruction_have_the_bits_of_the_chain)
{
    check_shapes(gemm_bf16_portable());
}

TEST(products_with_the_instruction_have_the_same_bits)
{
    if (!gemm_bf16_with_pairs()) {
        print_message("SKIPPED: this processor has no AVX-512 BF16\n");
        skip();
    }
    check_shapes(gemm_bf16_with_pairs());
}

TEST(a_row_of_weights_may_stand_twice)
{
    float w[3 * 2] = {1, 2, 3, 4, 5, 6}, sums[2], scratch[GEMM_BF16_ROWS * (6 + 2)], packed[6 * 16];
    bf16 x[6];

    for (int i = 0; i < 6; i++)
        x[i] = bf16_of((float)(1 << i));
    gemm_bf16_pack(packed, w, 3, 2, 2);
    gemm_bf16(sums, 2, x, 6, packed, (float[]){0.5f, 0}, 1, 6, 2, GEMM_BF16_SUMS,
              scratch);

    assert_true(sums[0] == 0.5f + 3 * 1 + 12 * 3 + 48 * 5);
    assert_true(sums[1] == 3 * 2 + 12 * 4 + 48 * 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_rounded_to_nearest_and_ties_to_even),
        cmocka_unit_test(products_without_the_instruction_have_the_bits_of_the_chain),
        cmocka_unit_test(products_with_the_instruction_have_the_same_bits),
        cmocka_unit_test(a_row_of_weights_may_stand_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
