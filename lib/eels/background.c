#include "eels/background.h"
#include "base/vecmath.h"
#include "eels/axis.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#define BLOCKS        48   /* stretches whose means the power law is fitted to, of a channel at least */
#define NEIGHBOURS    24   /* channels that an end channel is compared with */
#define TRIM_SHARE    16   /* at most a sixteenth of the channels goes at either end */
#define LEAST_COUNT   1e-30f /* far below the floor of any ratio; keeps the logarithm finite */
#define FLOOR         1e-6 /* a stretch's mean is at least this share of the highest; */
#define FLOOR_BEFORE  0.02 /* before it: backgrounds fall, so one that is lower was subtracted, */
#define FLOOR_BEHIND  1e-3 /* and this holds behind it */

#define SUMS 8 /* side by side, in one vector or two */
#ifdef __AVX512F__
#define LANES 8
#else
#define LANES 4
#endif

typedef float floats __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t ints __attribute__((vector_size(LANES * sizeof(int32_t)), aligned(4), may_alias));
typedef double doubles __attribute__((vector_size(LANES * sizeof(double))));

/* Mean of the finite ones; 0 when there is none. */
static double mean_of(const float *counts, uint32_t from, uint32_t to)
{
    doubles sums[SUMS / LANES] = {{0}};
    ints goods[SUMS / LANES] = {{0}};
    uint32_t i = from;

    for (; i + SUMS <= to; i += SUMS) {
        for (int v = 0; v < SUMS / LANES; v++) {
            ints bits = *(const ints *)(counts + i + v * LANES);
            ints finite = (bits & 0x7fffffff) < 0x7f800000; /* all bits set, or none */
            sums[v] += __builtin_convertvector((floats)(bits & finite), doubles);
            goods[v] -= finite;
        }
    }
    double sum[SUMS], total = 0;
    int32_t good[SUMS], all = 0;
    memcpy(sum, sums, sizeof sum);
    memcpy(good, goods, sizeof good);
    for (int k = 0; i < to; i++, k++) {
        int finite = fabsf(counts[i]) <= FLT_MAX;
        sum[k] += finite ? counts[i] : 0;
        good[k] += finite;
    }
    for (int k = 0; k < SUMS; k++) {
        total += sum[k];
        all += good[k];
    }
    return all ? total / all : 0;
}

/* How many channels at the end that starts at `from` and goes in direction `way` are dead. */
static uint32_t dead_channels(const float *counts, uint32_t n, int from_end)
{
    uint32_t dead = 0, most = n / TRIM_SHARE;

    while (dead < most) {
        uint32_t at = from_end ? n - 1 - dead : dead;
        double inside = from_end ? mean_of(counts, at > NEIGHBOURS ? at - NEIGHBOURS : 0, at)
                                 : mean_of(counts, at + 1, at + 1 + NEIGHBOURS < n
                                                               ? at + 1 + NEIGHBOURS
                                                               : n);
        if (inside <= 0 || counts[at] >= 0.5 * inside) /* nothing is left of a background either */
            break;
        dead++;
    }
    return dead;
}

/* Of the energy of each channel: the same for every spectrum. */
static float log_ev[EEL_NET_CHANNELS];
static pthread_once_t log_ev_once = PTHREAD_ONCE_INIT;

static void fill_log_ev(void)
{
    for (int i = 0; i < EEL_NET_CHANNELS; i++)
        log_ev[i] = (float)log(EEL_NET_START_EV + EEL_NET_STEP_EV * i);
}

/* The means of the stretches. Returns the highest that two neighbours reach, so that no spike is it; *at: where. */
static double measure(const float *counts, uint32_t n, uint32_t blocks, double *means, int *at)
{
    double highest = 0;

    for (uint32_t b = 0; b < blocks; b++) {
        means[b] = mean_of(counts, (uint32_t)((uint64_t)b * n / blocks),
                           (uint32_t)((uint64_t)(b + 1) * n / blocks));
        double both = b ? fmin(means[b - 1], means[b]) : 0;
        if (both > highest) {
            highest = both;
            *at = (int)b - 1;
        }
    }
    return highest;
}

/* Least squares of log(mean) against log(E) over the stretches: log I = a - r log E. */
static int fit_power_law(const float *counts, uint32_t n, uint32_t offset, double *a, double *r)
{
    double sx = 0, sy = 0, sxx = 0, sxy = 0, means[BLOCKS], lowest = INFINITY;
    float xs[BLOCKS], ys[BLOCKS];
    int top = 0, blocks = n < BLOCKS ? (int)n : BLOCKS;
    double highest = measure(counts, n, (uint32_t)blocks, means, &top);

    if (!(highest > 0))
        return 0;
    for (int b = 0; b < top; b++)
        lowest = fmin(lowest, means[b]);
    int subtracted = lowest < FLOOR_BEFORE * highest;
    for (int b = 0; b < blocks; b++) {
        double middle = offset + (b + 0.5) * n / blocks;
        double least = highest * (b < top ? FLOOR_BEFORE : subtracted ? FLOOR_BEHIND : FLOOR);
        xs[b] = eel_logf((float)(EEL_NET_START_EV + EEL_NET_STEP_EV * middle));
        ys[b] = eel_logf((float)(means[b] > least ? means[b] : least));
    }
    for (int b = 0; b < blocks; b++) {
        double x = xs[b], y = ys[b];
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    double spread = blocks * sxx - sx * sx;
    double slope = spread > 0 ? (blocks * sxy - sx * sy) / spread : 0;
    *r = fmin(fmax(-slope, -EEL_EXPONENT_MAX), EEL_EXPONENT_MAX);
    *a = (sy + *r * sx) / blocks;
    return 1;
}

uint32_t eel_normalise(const float *counts, uint32_t n, uint32_t offset, float *x)
{
    double a, r;

    pthread_once(&log_ev_once, fill_log_ev);
    uint32_t head = dead_channels(counts, n, 0), tail = dead_channels(counts, n, 1);
    counts += head;
    offset += head;
    n -= head + tail;
    if (!fit_power_law(counts, n, offset, &a, &r)) {
        memset(x, 0, EEL_NET_CHANNELS * sizeof *x);
        return 0;
    }
    float low = (float)log(EEL_NORMALISE_FLOOR), af = (float)a, rf = (float)r;
    float *restrict covered = x + offset;
    memset(x, 0, offset * sizeof *x);
    memset(covered + n, 0, (EEL_NET_CHANNELS - offset - n) * sizeof *x);
    const float *restrict energies = log_ev + offset;
    for (int i = 0; i < (int)n; i++) {
        float count = counts[i] > LEAST_COUNT ? counts[i] : LEAST_COUNT; /* NAN becomes least */
        float ratio = eel_logf(count) - (af - rf * energies[i]);
        covered[i] = ratio > low ? ratio : low;
    }
    return n;
}
