/*
 * The product in tiles, where the processor has Intel's AMX. Compiled for such a processor,
 * whatever the rest of the program is built for; called only where there is one.
 *
 * A tile register holds 16 rows of 64 bytes. Two by two of them are the sums of 32 rows and 32
 * columns; one instruction, tdpbf16ps, adds to one of them a slice of k. Weights are packed into
 * panels of 16 columns in which the two numbers of a pair stand side by side.
 */
#include "nn/gemm_bf16.h"

#if defined __x86_64__ && defined __linux__
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nn/act.h"

#define SIDE   16 /* rows and columns of a tile of sums */
#define INLINE static inline __attribute__((always_inline))

/* Registers: 0 to 3 hold sums, 4 and 5 rows of x, 6 and 7 weights. */

typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_shapes; /* as ldtilecfg reads it */

static size_t panels(size_t n)
{
    return (n + SIDE - 1) / SIDE;
}

static size_t packed_bytes(size_t k, size_t n)
{
    return panels(n) * SIDE * k * sizeof(bf16);
}

static void pack(void *packed, const float *w, size_t k, size_t n, size_t times)
{
    size_t all = k * times, inputs = all + all % 2;
    bf16 *to = packed;

    for (size_t first = 0; first < n; first += SIDE, to += inputs * SIDE) {
        for (size_t i = 0; i < inputs; i++) {
            for (size_t j = 0; j < SIDE; j++) {
                int there = i < all && first + j < n;
                to[i / 2 * 2 * SIDE + 2 * j + i % 2] =
                    there ? bf16_of(w[i / times * n + first + j]) : 0;
            }
        }
    }
}

static void shape_tiles(size_t rows, size_t slice)
{
    tile_shapes shapes = {.palette = 1};

    for (int i = 0; i < 8; i++) {
        shapes.rows[i] = (uint8_t)(i < 6 ? rows : slice);
        shapes.row_bytes[i] =
            (uint16_t)(i == 4 || i == 5 ? slice * 2 * sizeof(bf16) : SIDE * sizeof(float));
    }
    __asm__ volatile("ldtilecfg %0" ::"m"(shapes));
}

/* Where results go. */
typedef struct {
    char *y;
    size_t ldy; /* bytes */
    gemm_bf16_result result;
} target;

/* One tile's sums to their place; columns < SIDE in the last panel only. */
static void put(const target *to, const float *sums, size_t row, size_t column, size_t rows,
                size_t columns)
{
    __mmask16 there = (__mmask16)((1u << columns) - 1);

    for (size_t r = 0; r < rows; r++) {
        char *y = to->y + (row + r) * to->ldy;
        __m512 sum = _mm512_load_ps(sums + r * SIDE);
        if (to->result == GEMM_BF16_LEAKY) {
            __m512 leaky = _mm512_max_ps(sum, sum * ACT_LEAK);
            __m256i rounded = (__m256i)_mm512_cvtneps_pbh(leaky);
            _mm256_mask_storeu_epi16(y + column * sizeof(bf16), there, rounded);
        } else {
            _mm512_mask_storeu_ps(y + column * sizeof(float), there, sum);
        }
    }
}

typedef struct {
    const bf16 *x;      /* first row of the first tile */
    const bf16 *w;      /* first panel */
    size_t ldx, second; /* numbers; rows from the first tile to the second, 0: there is none */
    size_t k, slice;
    size_t columns;    /* of both panels; at most SIDE: there is one */
    const float *bias; /* 2 SIDE, zeros behind the last column */
} block;

/* Registers are named by constants, so that each of the four cases is written out. */
INLINE void add_slices(const block *b, float sums[4][SIDE * SIDE], int two_rows, int two_panels)
{
    const bf16 *x2 = b->x + b->second * b->ldx, *w2 = b->w + b->k * SIDE;
    long x_step = (long)(b->ldx * sizeof(bf16)), w_step = 2 * SIDE * sizeof(bf16);

    _tile_loadd(0, b->bias, 0); /* the same in every row */
    if (two_panels)
        _tile_loadd(1, b->bias + SIDE, 0);
    if (two_rows)
        _tile_loadd(2, b->bias, 0);
    if (two_rows && two_panels)
        _tile_loadd(3, b->bias + SIDE, 0);
    for (size_t i = 0; i < b->k; i += 2 * b->slice) {
        _tile_loadd(4, b->x + i, x_step);
        _tile_loadd(6, b->w + i * SIDE, w_step);
        _tile_dpbf16ps(0, 4, 6);
        if (two_panels) {
            _tile_loadd(7, w2 + i * SIDE, w_step);
            _tile_dpbf16ps(1, 4, 7);
        }
        if (two_rows) {
            _tile_loadd(5, x2 + i, x_step);
            _tile_dpbf16ps(2, 5, 6);
        }
        if (two_rows && two_panels)
            _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, sums[0], SIDE * sizeof(float));
    if (two_panels)
        _tile_stored(1, sums[1], SIDE * sizeof(float));
    if (two_rows)
        _tile_stored(2, sums[2], SIDE * sizeof(float));
    if (two_rows && two_panels)
        _tile_stored(3, sums[3], SIDE * sizeof(float));
}

static void add_block(const block *b, float sums[4][SIDE * SIDE])
{
    __asm__ volatile("" ::: "memory"); /* what the tiles read has been written */
    if (b->second && b->columns > SIDE)
        add_slices(b, sums, 1, 1);
    else if (b->second)
        add_slices(b, sums, 1, 0);
    else if (b->columns > SIDE)
        add_slices(b, sums, 0, 1);
    else
        add_slices(b, sums, 0, 0);
}

/* The sums of one block to their places. */
static void put_block(const target *to, const block *b, float sums[4][SIDE * SIDE], size_t row,
                      size_t column, size_t rows)
{
    size_t left = b->columns < SIDE ? b->columns : SIDE, right = b->columns - left;

    put(to, sums[0], row, column, rows, left);
    if (right)
        put(to, sums[1], row, column + SIDE, rows, right);
    if (b->second)
        put(to, sums[2], row + b->second, column, rows, left);
    if (b->second && right)
        put(to, sums[3], row + b->second, column + SIDE, rows, right);
}

static void product(void *y, size_t ldy, const bf16 *x, size_t ldx, const void *packed,
                    const float *bias, size_t m, size_t k, size_t n, gemm_bf16_result result,
                    float *scratch)
{
    size_t rows = m < SIDE ? m : SIDE, slice = gemm_bf16_slice(k / 2);
    size_t size = result == GEMM_BF16_LEAKY ? sizeof(bf16) : sizeof(float);
    target to = {y, ldy * size, result};
    float sums[4][SIDE * SIDE] __attribute__((aligned(64)));

    (void)scratch;
    shape_tiles(rows, slice);
    for (size_t column = 0; column < n; column += 2 * SIDE) {
        float start[2 * SIDE] __attribute__((aligned(64))) = {0};
        block b = {.w = (const bf16 *)packed + column * k, .ldx = ldx, .k = k, .slice = slice,
                   .columns = n - column < 2 * SIDE ? n - column : 2 * SIDE, .bias = start};
        memcpy(start, bias + column, b.columns * sizeof *bias);
        for (size_t row = 0; row < m; row += 2 * SIDE) {
            /* A tile that would reach behind the last row begins earlier: some sums come out twice. */
            size_t first = row + rows > m ? m - rows : row;
            size_t next = row + SIDE + rows > m ? m - rows : row + SIDE;
            b.x = x + first * ldx;
            b.second = m - row > SIDE ? next - first : 0;
            add_block(&b, sums);
            put_block(&to, &b, sums, first, column, rows);
        }
    }
    _tile_release();
}

/* The kernel gives tile registers to those who ask. */
static int permitted(void)
{
    enum { REQUEST_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    unsigned a, b, c, d;

    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && d >> 22 & 1 && d >> 24 & 1 && b >> 16 & 1 &&
           syscall(SYS_arch_prctl, REQUEST_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}

const gemm_bf16_kernel *gemm_bf16_tiles_amx(void)
{
    static const gemm_bf16_kernel kernel = {packed_bytes, pack, product};
    static int here = -1;

    if (here < 0)
        here = permitted();
    return here ? &kernel : NULL;
}
#else
const gemm_bf16_kernel *gemm_bf16_tiles_amx(void)
{
    return NULL;
}
#endif
