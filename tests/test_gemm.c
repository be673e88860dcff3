/* gemm: the products have the bits of chains written down, with the vectors that the program was
 * built for and with those of AVX-512; so has the LSTM's activation. */
#include "test.h"
#include "naive.h"
#include "base/mem.h"
#include "nn/act.h"
#include "nn/gemm_kernel.h"
#include "nn/lstm.h"

static const gemm_kernel *kernel;
static int fused; /* its multiply-adds: those of a build without optimisation are not */

static float multiply_add(float x, float w, float sum)
{
    return fused ? fmaf(x, w, sum) : x * w + sum;
}

/* Is what rounding the product takes away still in the sum? */
static int fuses(const gemm_kernel *one)
{
    float x = 1 + 0x1p-12f, minus = -(x * x), packed[GEMM_PANEL], rest;

    one->pack(packed, &x, 1, 1, 1, 1);
    one->product(&rest, 1, &x, 1, packed, &minus, 1, 1, 1, GEMM_PLAIN);
    return rest != 0;
}

static void take(const gemm_kernel *one)
{
    kernel = one;
    fused = fuses(one);
}

/* What gemm.h says of y. */
static float chain(const float *x, const float *w, size_t k, size_t n, float sum)
{
    for (size_t i = 0; i < k; i++)
        sum = multiply_add(x[i], w[i * n], sum);
    return sum;
}

static void check_product(size_t m, size_t k, size_t n, size_t ldx, int flags)
{
    float *x = random_floats(m * ldx + k, 1), *w = random_floats(k * n, 2),
          *bias = random_floats(n, 3);
    float *y = random_floats(m * n, 4), *before = random_floats(m * n, 4);
    float *packed = eel_alloc(kernel->packed_count(k, n), sizeof *packed);

    kernel->pack(packed, w, n, 1, k, n);
    kernel->product(y, n, x, ldx, packed, bias, m, k, n, flags);

    for (size_t i = 0; i < m * n; i++) {
        float start = bias[i % n] + (flags & GEMM_ADD ? before[i] : 0);
        float want = chain(x + i / n * ldx, w + i % n, k, n, start);
        want = flags & GEMM_LEAKY ? act_leaky(want) : want;
        assert_memory_equal(&y[i], &want, sizeof want);
    }
    eel_free(x), eel_free(w), eel_free(bias), eel_free(y), eel_free(before), eel_free(packed);
}

/* Rows are summed in blocks of 256. */
static void check_outer(size_t m, size_t k, size_t n)
{
    float *x = random_floats(m * k, 1), *dy = random_floats(m * n, 2);
    float *dw = random_floats(k * n, 3), *before = random_floats(k * n, 3);

    kernel->outer(dw, n, x, k, dy, n, m, k, n);

    for (size_t i = 0; i < k * n; i++) {
        float want = before[i];
        for (size_t start = 0; start < m; start += 256) {
            float sum = 0;
            for (size_t row = start; row < m && row < start + 256; row++)
                sum = multiply_add(x[row * k + i / n], dy[row * n + i % n], sum);
            want += sum;
        }
        assert_memory_equal(&dw[i], &want, sizeof want);
    }
    eel_free(x), eel_free(dy), eel_free(dw), eel_free(before);
}

static void check(void)
{
    static const size_t columns[] = {1, 7, 8, 9, 16, 17, 24, 31, 32, 33, 48, 65, 130, 288};

    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        for (size_t m = 1; m <= 26; m++)
            check_product(m, 5 + m % 4, columns[c], 9, (int)(m + c) % 4);
        check_product(1, 40, columns[c], 40, GEMM_ADD | GEMM_LEAKY);
        check_product(60, 22, columns[c], 7, GEMM_LEAKY); /* rows overlap, as a convolution's */
        check_outer(300, 5 + c, columns[c]);
        check_outer(40, 37, columns[c]);
    }
}

TEST(products_have_the_bits_of_the_chain)
{
    take(&gemm_kernel_built);
    check();
}

TEST(products_with_the_vectors_of_avx_512_have_the_same_bits)
{
    if (!gemm_kernel_avx512()) {
        print_message("SKIPPED: this processor has no AVX-512\n");
        skip();
    }
    take(gemm_kernel_avx512());

#ifdef __FMA__ /* else gemm does without */
    assert_int_equal(fused, fuses(&gemm_kernel_built));
#endif
    check();
}

TEST(lstm_gates_with_the_vectors_of_avx_512_have_the_same_bits)
{
    enum { HIDDEN = 1000 + 13 };
    float *gates = random_floats(4 * HIDDEN, 1), *before = random_floats(HIDDEN, 2);
    float h[2][HIDDEN], cell[2][HIDDEN], activated[2][4 * HIDDEN];

    if (!lstm_activate_avx512()) {
        print_message("SKIPPED: this processor has no AVX-512\n");
        skip();
    }
    for (size_t i = 0; i < 4 * HIDDEN; i++)
        activated[0][i] = activated[1][i] =
            gates[i] * (i % 7 ? 5 : 100); /* beyond the clamp, too */
    lstm_activate_built(h[0], activated[0], cell[0], before, HIDDEN);
    lstm_activate_avx512()(h[1], activated[1], cell[1], before, HIDDEN);

    assert_memory_equal(activated[0], activated[1], sizeof activated[0]);
    assert_memory_equal(cell[0], cell[1], sizeof cell[0]);
    assert_memory_equal(h[0], h[1], sizeof h[0]);
    eel_free(gates), eel_free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_have_the_bits_of_the_chain),
        cmocka_unit_test(products_with_the_vectors_of_avx_512_have_the_same_bits),
        cmocka_unit_test(lstm_gates_with_the_vectors_of_avx_512_have_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
