/*
 * Edges outside the twenty. What they look like follows from the shell:
 *   - WHITE: empty states of the right symmetry at the edge give two white lines on two steps
 *     (L2,3 of K, M2,3 of Sr to Pd, M4,5 of Cs to Nd, M4,5 and N4,5 of the actinides);
 *   - BROAD: the same of a level that lives too briefly for sharp lines (N2,3 of Yb to Bi, some eV);
 *   - DELAYED: the centrifugal barrier keeps d -> f transitions off until well above the onset
 *     (M4,5 of Se to Xe, N4,5 and N6,7 of Hf to Bi): a broad maximum 10 to 80 eV after it;
 *   - GIANT: where 4f (5f) has collapsed into the core region, 4d -> 4f gives a resonance of
 *     10 to 30 eV width with sharp lines before it (N4,5 of Cs to Lu, O4,5 of Th and U);
 *   - LIGHT: L2,3 of Mg and Al, with L1; PLAIN: a step (K of Li to Ne, M2,3 and other weak ones).
 * M2,3 of Fe to Cu stand here too: they are none of the twenty edges (3p -> 3d, a resonance again).
 * Binding energies: X-ray Data Booklet, table 1-1; positions of maxima: C. C. Ahn, EELS Atlas.
 */
#include "eels/shapes.h"

#include <math.h>
#include <string.h>

#define COMMON_SHARE  0.16 /* of the edges that are drawn: of elements that many specimens hold */
#define OXIDE_SHARE   0.4  /* of L2,3 of aluminium and magnesium */
#define RARE_LEFT_OUT 0.6  /* of those that specimens seldom hold */

typedef enum { WHITE, BROAD, DELAYED, GIANT, LIGHT, PLAIN } kind;

typedef struct {
    const char *name;
    int z;
    kind kind;
    double onset_ev;
    double splitting_ev; /* of the two levels */
    double maximum_ev;   /* DELAYED, GIANT: typical distance of the broad maximum from the onset */
    double further_ev;   /* a weak step of the next shell, from the onset; 0: none in reach */
    double white;        /* WHITE, BROAD: typical white line over continuum */
} foreign;

static const foreign table[] = {
    {"Be K", 4, PLAIN, 111.5, 0, 0, 0, 0},
    {"Li K", 3, PLAIN, 54.7, 0, 0, 0, 0},
    {"Ne K", 10, PLAIN, 868.0, 0, 0, 0, 0},
    {"Mg L2,3", 12, LIGHT, 50.5, .3, 25, 39, 0},
    {"Al L2,3", 13, LIGHT, 73.0, .4, 22, 45.1, 0},
    {"K L2,3", 19, WHITE, 294.2, 2.7, 0, 84, 2.0},
    {"Fe M2,3", 26, GIANT, 52.7, 1.5, 6, 38.6, 0},
    {"Co M2,3", 27, GIANT, 58.9, 1.5, 6, 42.1, 0},
    {"Ni M2,3", 28, GIANT, 66.2, 1.8, 6, 44.6, 0},
    {"Cu M2,3", 29, PLAIN, 75.1, 2.2, 0, 47.4, 0},
    {"Zn M2,3", 30, PLAIN, 88.0, 2.7, 0, 51.5, 0},
    {"Zn L2,3", 30, DELAYED, 1019.5, 23.1, 14, 174, 0},
    {"Ga M2,3", 31, PLAIN, 103.5, 3.5, 0, 55, 0},
    {"Ge M2,3", 32, PLAIN, 121.0, 4, 0, 59, 0},
    {"As M2,3", 33, PLAIN, 141.2, 5, 0, 0, 0},
    {"Se M4,5", 34, DELAYED, 55.0, .9, 40, 0, 0},
    {"Se M2,3", 34, PLAIN, 160.7, 5.8, 0, 69, 0},
    {"Br M4,5", 35, DELAYED, 69.0, 1.0, 38, 0, 0},
    {"Br M2,3", 35, PLAIN, 182.0, 7, 0, 75, 0},
    {"Kr M4,5", 36, DELAYED, 91.0, 1.2, 45, 128, 0},
    {"Rb M4,5", 37, DELAYED, 111.0, 1.5, 42, 0, 0},
    {"Rb M2,3", 37, WHITE, 238.5, 9.6, 0, 88, .9},
    {"Sr M4,5", 38, DELAYED, 133.5, 1.8, 38, 0, 0},
    {"Sr M2,3", 38, WHITE, 268.8, 10.3, 0, 88.7, 1.2},
    {"Y M4,5", 39, DELAYED, 156.5, 2.0, 38, 0, 0},
    {"Y M2,3", 39, WHITE, 299.0, 11.8, 0, 93, 1.4},
    {"Zr M4,5", 40, DELAYED, 179.5, 2.4, 40, 0, 0},
    {"Zr M2,3", 40, WHITE, 329.5, 13.7, 0, 100, 1.6},
    {"Nb M4,5", 41, DELAYED, 203.5, 2.7, 42, 0, 0},
    {"Nb M2,3", 41, WHITE, 361.5, 15.5, 0, 106, 1.7},
    {"Mo M4,5", 42, DELAYED, 228.5, 3.2, 45, 0, 0},
    {"Mo M2,3", 42, WHITE, 393.5, 17.6, 0, 112, 1.6},
    {"Ru M4,5", 44, DELAYED, 280.5, 4.2, 55, 0, 0},
    {"Ru M2,3", 44, WHITE, 461.5, 22.1, 0, 125, 1.0},
    {"Rh M4,5", 45, DELAYED, 307.5, 4.7, 55, 0, 0},
    {"Rh M2,3", 45, WHITE, 496.5, 24.8, 0, 0, .8},
    {"Pd M4,5", 46, DELAYED, 335.5, 5.3, 55, 0, 0},
    {"Pd M2,3", 46, WHITE, 532.0, 27.6, 0, 0, .5},
    {"Ag M4,5", 47, DELAYED, 368.0, 6.0, 50, 205, 0},
    {"Cd M4,5", 48, DELAYED, 405.0, 6.7, 46, 213, 0},
    {"In M4,5", 49, DELAYED, 443.5, 7.5, 38, 222, 0},
    {"Sn M4,5", 50, DELAYED, 485.0, 8.4, 32, 230, 0},
    {"Sb M4,5", 51, DELAYED, 528.5, 9.3, 30, 238, 0},
    {"Te M4,5", 52, DELAYED, 572.5, 10.4, 30, 247, 0},
    {"I M4,5", 53, DELAYED, 620.0, 11.5, 28, 255, 0},
    {"Xe M4,5", 54, DELAYED, 674.0, 12.6, 26, 264, 0},
    {"Cs M4,5", 55, WHITE, 725.0, 14.0, 0, 277, 1.6},
    {"Ba M4,5", 56, WHITE, 780.5, 15.2, 0, 282, 3.0},
    {"La M4,5", 57, WHITE, 831.5, 16.8, 0, 292, 4.5},
    {"Ce M4,5", 58, WHITE, 882.0, 18.2, 0, 303, 4.5},
    {"Pr M4,5", 59, WHITE, 929.0, 20.0, 0, 313, 4.5},
    {"Nd M4,5", 60, WHITE, 977.5, 22.3, 0, 0, 4.5},
    {"Cs N4,5", 55, GIANT, 77.5, 2.3, 18, 84, 0},
    {"Ba N4,5", 56, GIANT, 90.5, 2.6, 16, 88, 0},
    {"La N4,5", 57, GIANT, 99.5, 2.8, 18, 94, 0},
    {"Ce N4,5", 58, GIANT, 108.0, 3.0, 17, 98, 0},
    {"Pr N4,5", 59, GIANT, 113.0, 3.2, 16, 103, 0},
    {"Nd N4,5", 60, GIANT, 118.5, 3.4, 16, 105, 0},
    {"Sm N4,5", 62, GIANT, 128.5, 3.9, 14, 118, 0},
    {"Eu N4,5", 63, GIANT, 133.0, 4.2, 14, 124, 0},
    {"Gd N4,5", 64, GIANT, 140.0, 4.5, 12, 131, 0},
    {"Tb N4,5", 65, GIANT, 147.0, 4.8, 13, 136, 0},
    {"Dy N4,5", 66, GIANT, 152.5, 5.1, 14, 140, 0},
    {"Ho N4,5", 67, GIANT, 160.0, 5.5, 15, 148, 0},
    {"Er N4,5", 68, GIANT, 167.5, 5.9, 17, 152, 0},
    {"Tm N4,5", 69, GIANT, 175.5, 6.3, 18, 157, 0},
    {"Yb N4,5", 70, GIANT, 183.0, 8.8, 20, 156, 0},
    {"Yb N2,3", 70, BROAD, 339.7, 49.0, 0, 0, .8},
    {"Lu N4,5", 71, DELAYED, 196.0, 9.8, 28, 163, 0},
    {"Lu N2,3", 71, BROAD, 359.2, 53.2, 0, 0, .8},
    {"Hf N4,5", 72, DELAYED, 212.0, 8.5, 35, 168, 0},
    {"Hf N2,3", 72, BROAD, 380.7, 57.5, 0, 0, .8},
    {"Ta N4,5", 73, DELAYED, 227.5, 11.5, 38, 174, 0},
    {"Ta N2,3", 73, BROAD, 400.9, 62.5, 0, 0, .8},
    {"W N4,5", 74, DELAYED, 244.0, 12.4, 40, 180, 0},
    {"W N2,3", 74, BROAD, 423.6, 66.8, 0, 0, .8},
    {"Re N4,5", 75, DELAYED, 261.0, 13.4, 42, 186, 0},
    {"Re N2,3", 75, BROAD, 446.8, 71.9, 0, 0, .8},
    {"Os N4,5", 76, DELAYED, 279.0, 14.6, 44, 192, 0},
    {"Os N2,3", 76, BROAD, 470.7, 78.4, 0, 0, .8},
    {"Ir N4,5", 77, DELAYED, 296.5, 15.6, 46, 199, 0},
    {"Ir N2,3", 77, BROAD, 495.8, 82.0, 0, 0, .8},
    {"Pt N4,5", 78, DELAYED, 315.0, 17.0, 48, 205, 0},
    {"Pt N2,3", 78, BROAD, 519.4, 89.7, 0, 0, .8},
    {"Au N4,5", 79, DELAYED, 335.0, 18.1, 50, 211, 0},
    {"Au N2,3", 79, BROAD, 546.3, 96.4, 0, 0, .8},
    {"Au N6,7", 79, DELAYED, 84.0, 3.6, 45, 0, 0},
    {"Hg N4,5", 80, DELAYED, 359.0, 19.4, 50, 218, 0},
    {"Hg N2,3", 80, BROAD, 576.6, 103.6, 0, 0, .8},
    {"Hg N6,7", 80, DELAYED, 100.0, 4.1, 40, 0, 0},
    {"Tl N4,5", 81, DELAYED, 386.0, 20.7, 50, 224, 0},
    {"Tl N2,3", 81, BROAD, 609.5, 111.0, 0, 0, .8},
    {"Tl N6,7", 81, DELAYED, 118.0, 4.4, 40, 0, 0},
    {"Pb N4,5", 82, DELAYED, 412.5, 22.1, 50, 231, 0},
    {"Pb N2,3", 82, BROAD, 643.5, 118.4, 0, 0, .8},
    {"Pb N6,7", 82, DELAYED, 137.5, 4.8, 42, 0, 0},
    {"Bi N4,5", 83, DELAYED, 440.5, 23.9, 50, 239, 0},
    {"Bi N2,3", 83, BROAD, 678.8, 126.4, 0, 0, .8},
    {"Bi N6,7", 83, DELAYED, 158.0, 5.3, 45, 0, 0},
    {"Th N4,5", 90, WHITE, 675.0, 36.9, 0, 291, 1.5},
    {"Th N6,7", 90, DELAYED, 334.0, 9.3, 45, 0, 0},
    {"Th O4,5", 90, GIANT, 86.0, 7.0, 14, 97, 0},
    {"U N4,5", 92, WHITE, 736.0, 42.1, 0, 307, 1.8},
    {"U N6,7", 92, DELAYED, 379.0, 10.8, 45, 0, 0},
    {"U O4,5", 92, GIANT, 95.0, 8.5, 15, 100, 0},
};

enum { COUNT = sizeof table / sizeof *table };

int eel_foreign_count(void)
{
    return COUNT;
}

const char *eel_foreign_name(int i)
{
    return table[i].name;
}

double eel_foreign_onset(int i)
{
    return table[i].onset_ev;
}

int eel_foreign_element(int i)
{
    return table[i].z;
}

int eel_foreign_weak(int i)
{
    return strstr(table[i].name, " M2,3") || strstr(table[i].name, " N2,3");
}

static int is_of(int i, const char *symbol)
{
    size_t length = strlen(symbol);
    return strncmp(table[i].name, symbol, length) == 0 && table[i].name[length] == ' ';
}

int eel_foreign_find(const char *symbol)
{
    for (int i = 0; i < COUNT; i++) {
        if (is_of(i, symbol))
            return i;
    }
    return -1;
}

int eel_foreign_rare(int i)
{
    int z = table[i].z;

    return z == 10 || z == 36 || z == 37 || z == 45 || z == 54 || (z >= 62 && z <= 71 && z != 64) ||
           (z >= 75 && z <= 77) || z == 80 || z == 81 || z >= 90;
}

/* In aluminium's oxides a second maximum lies where silicon begins; what tells lanthanum's white lines from
 * nickel's in a narrow window on a doubtful axis is that perovskites are common. */
static const char *const common[] = {"Al", "Al", "Al", "Al", "Al", "La", "La", "Ba", "Ce", "Sr", "Zr", "K"};

enum { COMMON = sizeof common / sizeof *common };

int eel_foreign_common(int i)
{
    for (int k = 0; k < COMMON; k++) {
        if (is_of(i, common[k]))
            return 1;
    }
    return 0;
}

int eel_foreign_pick(eel_rng *rng)
{
    int pick;

    if (eel_rng_chance(rng, COMMON_SHARE))
        return eel_foreign_find(common[eel_rng_below(rng, COMMON)]);
    do
        pick = (int)eel_rng_below(rng, COUNT);
    while (eel_foreign_rare(pick) && eel_rng_chance(rng, RARE_LEFT_OUT));
    return pick;
}

static int upto(eel_rng *rng, int most)
{
    return (int)eel_rng_below(rng, (uint32_t)most + 1);
}

/* Small peaks of the near-edge structure, each with its partner of the second level. */
static void near_edge(eel_rng *rng, const foreign *f, double *curve, int most, double height_max)
{
    double at_ev = 0;

    for (int i = upto(rng, most); i > 0; i--) {
        double fwhm_ev = eel_rng_log_uniform(rng, .7, 4);
        double height = eel_rng_uniform(rng, .1, 1) * height_max;
        at_ev += eel_rng_uniform(rng, .3, 5) + fwhm_ev / 2;
        eel_curve_line(curve, at_ev, fwhm_ev, height, .3);
        eel_curve_line(curve, at_ev + f->splitting_ev, fwhm_ev, height * .65, .3);
    }
}

/* Near 1 while 4f is empty, then growing exponentially with its electrons (arXiv:2101.06794): what tells
 * barium from cobalt and lanthanum from nickel, whose L3 is 2 to 4 times their L2. */
static double m5_over_m4(eel_rng *rng, int z)
{
    return .9 * exp(.16 * fmax(z - 57, 0) + eel_rng_uniform(rng, -.3, .3));
}

static void white(eel_rng *rng, const foreign *f, double *curve, double *tail)
{
    double fwhm_ev = eel_rng_log_uniform(rng, .9, f->z > 46 && f->z < 70 ? 3 : 4.5);
    double at_ev = fwhm_ev / 2, split_ev = f->splitting_ev * eel_rng_uniform(rng, .96, 1.04);
    int of_3d = f->z >= 55 && f->z <= 60;
    double height = f->white * exp(eel_rng_uniform(rng, -.8, of_3d ? 1.2 : .8));
    double ratio = of_3d ? m5_over_m4(rng, f->z) : eel_rng_uniform(rng, .65, 2);
    double lorentz = eel_rng_uniform(rng, .3, .8), width_ev = eel_rng_uniform(rng, 1.5, 6);

    eel_curve_step(curve, tail, at_ev + 1, .62, width_ev, 0);
    eel_curve_step(curve, tail, at_ev + 1 + split_ev, .38, width_ev, 0);
    eel_curve_line(curve, at_ev, fwhm_ev, height, lorentz);
    eel_curve_line(curve, at_ev + split_ev, fwhm_ev * eel_rng_uniform(rng, 1, 1.4),
                   height / ratio, lorentz);
    near_edge(rng, f, curve, 2, .3 * height);
    if (eel_rng_chance(rng, .6)) {
        double hump_ev = eel_rng_uniform(rng, 10, 45);
        eel_curve_hump(curve, hump_ev, 5, eel_rng_uniform(rng, 5, 14),
                       eel_rng_uniform(rng, .03, .35), 4);
    }
}

/* 4p -> 5d: empty states of tantalum are many, of gold few; the levels are 4 to 9 eV wide. */
static void broad(eel_rng *rng, const foreign *f, double *curve, double *tail)
{
    double fwhm_ev = eel_rng_uniform(rng, 4, 11), at_ev = fwhm_ev / 2;
    double height = f->white * exp(eel_rng_uniform(rng, -1.6, .8));
    double part[2] = {.7, .3}, split_ev = f->splitting_ev * eel_rng_uniform(rng, .97, 1.03);

    for (int level = 0; level < 2; level++) {
        eel_curve_step(curve, tail, at_ev + level * split_ev, part[level], fwhm_ev / 3, 0);
        eel_curve_line(curve, at_ev + level * split_ev, fwhm_ev, height * part[level], .2);
    }
    near_edge(rng, f, curve, 1, .2 * height);
}

static void delayed(eel_rng *rng, const foreign *f, double *curve, double *tail)
{
    double maximum_ev = f->maximum_ev * exp(eel_rng_uniform(rng, -.55, .4));
    double left_ev = maximum_ev * eel_rng_uniform(rng, .3, .65);
    double right_ev = left_ev * eel_rng_uniform(rng, .9, 3);
    double rise_ev = eel_rng_log_uniform(rng, .8, 15);
    double plain = eel_rng_uniform(rng, .05, 1);
    double share = eel_rng_uniform(rng, .55, .7);
    double start[2] = {0, f->splitting_ev}, part[2] = {share, 1 - share};

    for (int level = 0; level < 2; level++) {
        eel_curve_step(curve, tail, start[level], plain * part[level], .5, rise_ev);
        eel_curve_hump(curve, maximum_ev + start[level], left_ev, right_ev, part[level], rise_ev);
    }
    if (eel_rng_chance(rng, .3))
        eel_curve_step(curve, tail, .5, plain * eel_rng_uniform(rng, .05, .4),
                       eel_rng_uniform(rng, .5, 2), 0);
    if (eel_rng_chance(rng, .55))
        near_edge(rng, f, curve, 3, .45);
}

static void giant(eel_rng *rng, const foreign *f, double *curve, double *tail)
{
    double maximum_ev = f->maximum_ev * exp(eel_rng_uniform(rng, -.4, .45));
    double left_ev = fmin(eel_rng_uniform(rng, 2, 8), maximum_ev / 2);
    double right_ev = left_ev * eel_rng_uniform(rng, 1, 2.6);
    double rise_ev = eel_rng_log_uniform(rng, .5, 6);

    eel_curve_step(curve, tail, 0, eel_rng_uniform(rng, .05, .5), .5, rise_ev + 3);
    eel_curve_hump(curve, maximum_ev, left_ev, right_ev, 1, rise_ev);
    if (eel_rng_chance(rng, .4)) /* the multiplet has a second maximum */
        eel_curve_hump(curve, maximum_ev + eel_rng_uniform(rng, 5, 16), left_ev, right_ev,
                       eel_rng_uniform(rng, .1, .6), rise_ev);
    if (eel_rng_chance(rng, .65)) {
        double at_ev = eel_rng_uniform(rng, -3, 2);
        for (int i = 1 + upto(rng, 3); i > 0; i--) {
            eel_curve_line(curve, at_ev, eel_rng_uniform(rng, .6, 2.5),
                           eel_rng_uniform(rng, .03, .35), .5);
            at_ev += eel_rng_uniform(rng, .8, 4);
        }
    }
}

/* Aluminium and magnesium in oxides: a sharp line at the onset, little behind it, and 20 eV on a second maximum about as high,
 * steeper behind, on a continuum that falls slowly. */
static void oxide(eel_rng *rng, const foreign *f, double *curve, double *tail)
{
    double second_ev = eel_rng_uniform(rng, 18, 24), left_ev = eel_rng_uniform(rng, 2.5, 7);
    double at_ev = eel_rng_uniform(rng, .5, 3);

    eel_curve_tail(tail, f->onset_ev, eel_rng_uniform(rng, .3, 1.8));
    eel_curve_step(curve, tail, 0, eel_rng_uniform(rng, .3, .6), eel_rng_uniform(rng, .4, 1.5), 0);
    eel_curve_step(curve, tail, second_ev, eel_rng_uniform(rng, 0, .4), eel_rng_uniform(rng, 2, 6), 0);
    eel_curve_line(curve, at_ev, eel_rng_log_uniform(rng, .9, 3), eel_rng_uniform(rng, .2, .9), .3);
    for (int i = upto(rng, 2); i > 0; i--) {
        at_ev += eel_rng_uniform(rng, 2, 6);
        eel_curve_line(curve, at_ev, eel_rng_uniform(rng, 1.5, 5), eel_rng_uniform(rng, .05, .4), .2);
    }
    eel_curve_hump(curve, second_ev, left_ev, left_ev * eel_rng_uniform(rng, .35, .9), eel_rng_uniform(rng, .25, .9), 0);
    eel_curve_line(curve, f->further_ev + eel_rng_uniform(rng, 0, 8), eel_rng_uniform(rng, 5, 14),
                   eel_rng_uniform(rng, .02, .3), 0);
}

static void light(eel_rng *rng, const foreign *f, double *curve, double *tail)
{
    double sudden = eel_rng_uniform(rng, 0, .8), rise_ev = eel_rng_log_uniform(rng, 1, 12);
    double centre_ev = f->maximum_ev * eel_rng_uniform(rng, .4, 1.3);
    double continuum = eel_rng_uniform(rng, .4, 1); /* beside its peaks */

    eel_curve_step(curve, tail, 0, continuum * sudden, eel_rng_uniform(rng, .4, 1.5), 0);
    eel_curve_step(curve, tail, 0, continuum * (1 - sudden), .5, rise_ev);
    eel_curve_hump(curve, centre_ev, centre_ev / 2, centre_ev * eel_rng_uniform(rng, .4, 1.2),
                   eel_rng_uniform(rng, .1, 1.2), 2);
    near_edge(rng, f, curve, 3, .8);
    for (int i = upto(rng, 2); i > 0; i--) /* further maxima */
        eel_curve_line(curve, eel_rng_uniform(rng, 12, 32), eel_rng_uniform(rng, 5, 14),
                       eel_rng_log_uniform(rng, .1, 1.6), .2);
    if (eel_rng_chance(rng, .5)) /* 2s -> 3p, strong in oxides */
        eel_curve_line(curve, f->further_ev + eel_rng_uniform(rng, 0, 12),
                       eel_rng_uniform(rng, 3, 10), eel_rng_uniform(rng, .05, .5), .2);
}

static void plain(eel_rng *rng, const foreign *f, double *curve, double *tail)
{
    double width_ev = eel_rng_uniform(rng, .8, 4);

    if (f->splitting_ev > 0) {
        eel_curve_step(curve, tail, 0, .62, width_ev, 0);
        eel_curve_step(curve, tail, f->splitting_ev, .38, width_ev, 0);
    } else {
        eel_curve_step(curve, tail, 0, 1, width_ev, 0);
    }
    near_edge(rng, f, curve, 3, 1);
    for (int i = upto(rng, 2); i > 0; i--)
        eel_curve_line(curve, eel_rng_uniform(rng, 8, 30), eel_rng_uniform(rng, 5, 15),
                       eel_rng_uniform(rng, .05, .5), 0);
}

void eel_foreign_build(eel_rng *rng, int i, double *onset_ev, float *out)
{
    static void (*const builders[])(eel_rng *, const foreign *, double *, double *) = {
        [WHITE] = white, [BROAD] = broad, [DELAYED] = delayed,
        [GIANT] = giant, [LIGHT] = light, [PLAIN] = plain,
    };
    int of_oxide = table[i].kind == LIGHT && eel_rng_chance(rng, OXIDE_SHARE);
    const foreign *f = &table[i];
    double curve[EEL_SHAPE_SAMPLES] = {0}, tail[EEL_SHAPE_SAMPLES];
    eel_shell shell = {eel_rng_uniform(rng, 1.5, 3.2), eel_rng_uniform(rng, 0, .1),
                       eel_rng_uniform(rng, 0, 6.283185307179586)};

    *onset_ev = f->onset_ev + eel_rng_uniform(rng, -1.5, 2.5);
    if (of_oxide || (f->kind == LIGHT && eel_rng_chance(rng, .2))) /* begin later: 76.5 eV in Al2O3 */
        *onset_ev += eel_rng_uniform(rng, 1.5, 5);
    eel_curve_tail(tail, f->onset_ev, eel_rng_uniform(rng, 1.2, 4.2));
    (of_oxide ? oxide : builders[f->kind])(rng, f, curve, tail);
    eel_curve_exelfs(curve, 0, &shell, 1);
    if (f->further_ev > 0)
        eel_curve_step(curve, tail, f->further_ev, eel_rng_uniform(rng, .02, .2),
                       eel_rng_uniform(rng, 2, 8), 0);
    eel_curve_finish(curve, out);
}
