#include "synth/phantom.h"
#include "base/err.h"
#include "base/mem.h"
#include "io/hspy_write.h"

#include <string.h>

#define SIZE      48
#define CHANNELS  2048
#define START_EV  90.0
#define STEP_EV   0.4
#define COUNTS    600.0 /* mean of a channel */
#define PIXEL_NM  0.5

enum { NITRIDE, TITANIA, IRON_OXIDE, CARBON, MIXED, HOLE, REGIONS };

static const char *const elements_of[REGIONS][3] = {
    [NITRIDE] = {"Si", "N"}, [TITANIA] = {"Ti", "O"},    [IRON_OXIDE] = {"Fe", "O"},
    [CARBON] = {"C"},        [MIXED] = {"Ti", "O", "C"}, [HOLE] = {0},
};
static const double jump_of[REGIONS] = {0.8, 0.9, 0.9, 0.9, 0.6, 1.0};

static int inside(int x, int y, int cx, int cy, int radius)
{
    return (x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius;
}

static int region_at(int x, int y)
{
    int titania = inside(x, y, 14, 15, 9), carbon = x >= 18 && x < 34 && y >= 6 && y < 22;

    if (inside(x, y, 38, 38, 5))
        return HOLE;
    if (titania)
        return carbon ? MIXED : TITANIA;
    if (carbon)
        return CARBON;
    return inside(x, y, 15, 36, 8) ? IRON_OXIDE : NITRIDE;
}

static void expect(eel_synth *synth, uint64_t seed, int region, float *expected)
{
    eel_scene scene = {.axis = {START_EV, STEP_EV, CHANNELS},
                       .counts = COUNTS,
                       .jump = jump_of[region],
                       .elements_given = 1,
                       .clean = 1};

    for (int i = 0; i < 3 && elements_of[region][i]; i++)
        scene.elements |= 1u << eel_element_find(elements_of[region][i]);
    eel_synth_expected(synth, &scene, seed, (uint64_t)region, expected);
}

int eel_phantom_write(eel_synth *synth, uint64_t seed, const char *path)
{
    float *expected = eel_alloc((size_t)REGIONS * CHANNELS, sizeof *expected);
    uint16_t *row = eel_alloc((size_t)SIZE * CHANNELS, sizeof *row);
    eel_hspy_signal signal = eel_hspy_signal_named("EELS phantom", "EELS");
    eel_hspy_file *file = NULL;
    eel_rng rng = eel_rng_seeded(seed, 0);
    int code = expected && row ? EEL_OK : EEL_ENOMEM;

    signal.type = EEL_IMAGE_U16;
    signal.beam_kev = 200;
    eel_hspy_signal_axis(&signal, 1, "y", "nm", SIZE, 0, PIXEL_NM);
    eel_hspy_signal_axis(&signal, 1, "x", "nm", SIZE, 0, PIXEL_NM);
    eel_hspy_signal_axis(&signal, 0, "Energy loss", "eV", CHANNELS, START_EV, STEP_EV);
    for (int region = 0; region < REGIONS && code == EEL_OK; region++)
        expect(synth, seed, region, expected + (size_t)region * CHANNELS);
    if (code == EEL_OK)
        code = eel_hspy_create(&file, path);
    if (code == EEL_OK)
        code = eel_hspy_begin(file, &signal);
    for (int y = 0; y < SIZE && code == EEL_OK; y++) {
        for (int i = 0; i < SIZE * CHANNELS; i++) {
            const float *mean = expected + (size_t)region_at(i / CHANNELS, y) * CHANNELS;
            double counts = eel_rng_poisson(&rng, mean[i % CHANNELS]);
            row[i] = counts < UINT16_MAX ? (uint16_t)counts : UINT16_MAX;
        }
        code = eel_hspy_write(file, (uint64_t)y * SIZE, SIZE, row);
    }
    int closed = eel_hspy_close(file, code == EEL_OK);
    eel_free(expected);
    eel_free(row);
    return code == EEL_OK ? closed : code;
}
