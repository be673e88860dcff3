#include "eels/background.h"
#include "base/sorted.h"
#include "base/vecmath.h"
#include "eels/axis.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#define BLOCKS        48   /* stretches whose means the power law is fitted to, of a channel at least */
#define NEIGHBOURS    24   /* channels that an end channel is compared with */
#define DEAD          0.1  /* of their mean, at most, in a dead channel, */
#define ALIVE         0.7  /* and at least, */
#define BORDER        3    /* so many channels behind the last dead one: edges rise more slowly */
#define BEFORE        100  /* channels, 20 eV, that are put before an edge at the start */
#define LEVEL         8    /* channels whose mean is the level before it */
#define RISE_CHANNELS 75   /* such an edge rises within 15 eV */
#define RISE          1.3  /* to this much of that level, at least, */
#define RISE_MEAN     5    /* in means of so many channels, two side by side, */
#define SCATTER       5    /* and by so many standard deviations of these; */
#define FLAT          0.1  /* no more of it in the first channels: shaded ones rise from the first on */
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

/* The mean of the channels further inside than the one that is `at` channels from an end. */
static double mean_inside(const float *counts, uint32_t n, uint32_t at, int from_end)
{
    uint32_t to = at + 1 + NEIGHBOURS < n ? at + 1 + NEIGHBOURS : n;

    return from_end ? mean_of(counts, n - to, n - 1 - at) : mean_of(counts, at + 1, to);
}

/* How many channels at an end are dead. What rises slowly behind channels with little in them is an edge. */
static uint32_t dead_channels(const float *counts, uint32_t n, int from_end)
{
    uint32_t dead = 0, most = n / TRIM_SHARE;
    const float *end = counts + (from_end ? n - 1 : 0);
    int inwards = from_end ? -1 : 1;

    while (dead < most && end[inwards * (int)dead] < DEAD * mean_inside(counts, n, dead, from_end))
        dead++;
    if (dead == 0 || dead == most)
        return 0;
    for (uint32_t border = dead; border < dead + BORDER; border++) {
        if (end[inwards * (int)border] >= ALIVE * mean_inside(counts, n, border, from_end))
            return border;
    }
    return 0;
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

/* The standard deviation of means of RISE_MEAN channels, from how they bend: whatever is straight does not count. */
static double scatter_of(const double *means, int n)
{
    double bends[RISE_CHANNELS / RISE_MEAN];

    for (int b = 0; b + 2 < n; b++)
        bends[b] = fabs(means[b] - 2 * means[b + 1] + means[b + 2]);
    return 1.4826 / sqrt(6) * eel_median(bends, (size_t)n - 2); /* of normal noise; a bend has six times its variance */
}

/* Backgrounds fall: where a spectrum rises at once, it begins just before an edge. */
static int starts_at_edge(const float *counts, uint32_t n)
{
    double means[RISE_CHANNELS / RISE_MEAN + 2], high = 0, level = mean_of(counts, 0, LEVEL);
    int count = sizeof means / sizeof *means;

    if (n < (uint32_t)count * RISE_MEAN)
        return 0;
    for (int b = 0; b < count; b++) {
        means[b] = mean_of(counts, (uint32_t)b * RISE_MEAN, (uint32_t)(b + 1) * RISE_MEAN);
        high = b ? fmax(high, fmin(means[b - 1], means[b])) : 0; /* a spike is no rise */
    }
    if (!(high > RISE * level) || mean_of(counts, LEVEL, 2 * LEVEL) - level >= FLAT * (high - level))
        return 0; /* as nearly always */
    return high > RISE * level + SCATTER * scatter_of(means, count);
}

/* Of counts without dead ends. */
static uint32_t show(const float *counts, uint32_t n, uint32_t offset, float *x)
{
    double a, r;

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

uint32_t eel_normalise(const float *counts, uint32_t n, uint32_t offset, float *x)
{
    float longer[EEL_NET_CHANNELS];

    pthread_once(&log_ev_once, fill_log_ev);
    uint32_t head = dead_channels(counts, n, 0), tail = dead_channels(counts, n, 1);
    counts += head;
    offset += head;
    n -= head + tail;
    if (!starts_at_edge(counts, n))
        return show(counts, n, offset, x);
    uint32_t before = offset < BEFORE ? offset : BEFORE;
    float level = (float)mean_of(counts, 0, LEVEL);
    for (uint32_t i = 0; i < before; i++)
        longer[i] = level;
    memcpy(longer + before, counts, n * sizeof *counts);
    show(longer, n + before, offset - before, x);
    return n;
}
