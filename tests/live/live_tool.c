/*
 * live_tool - what the tests of live runs need beside the programs themselves.
 *
 *     live_tool make ROWS COLUMNS OUT.dm4 [ZERO_EV]
 *                                             a scan: a background that falls, an oxygen edge in
 *                                             its left half, counting noise; the same every time. With
 *                                             ZERO_EV, energies from -40 eV on that are off by as much,
 *                                             with a zero-loss peak
 *     live_tool stack PAGES ROWS COLUMNS OUT.tif
 *                                             a TIFF stack of counts that mean nothing
 *     live_tool same A B                      two stores: every pixel that has a value in both has
 *                                             the same, bit for bit; prints how many have one in B
 */
#include "dm_make.h"
#include "raw_make.h"
#include "base/err.h"
#include "base/rng.h"
#include "io/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS 1024

static float counts_at(eel_rng *rng, double ev, int has_oxygen)
{
    double mean = ev > 20 ? fmin(4000 * pow(ev / 350, -3), 1e5) : 1e7 * exp(-ev * ev / 2);

    if (has_oxygen && ev > 532)
        mean += 900 * pow(ev / 532, -3) * (1 + 1.5 * exp(-pow((ev - 540) / 4, 2)));
    return (float)eel_rng_poisson(rng, mean);
}

static int make(int rows, int columns, const char *path, const char *zero)
{
    double start_ev = zero ? -40 : 350, step_ev = zero ? 0.65 : 0.5, off_ev = zero ? atof(zero) : 0;
    size_t pixels = (size_t)rows * (size_t)columns;
    float *values = calloc(pixels * CHANNELS, sizeof *values);
    eel_rng rng = eel_rng_seeded(7, 0);

    if (!values)
        return 1;
    for (int k = 0; k < CHANNELS; k++) /* dm has the energy slowest */
        for (size_t p = 0; p < pixels; p++)
            values[k * pixels + p] = counts_at(&rng, start_ev + k * step_ev - off_ev,
                                               (int)(p % (size_t)columns) < columns / 2);
    dm_make(path, &(dm_description){
        .version = 4, .images = 1,
        .image = {{.name = "EELS SI", .data_type = 2, .dims = 3,
                   .size = {(uint64_t)columns, (uint64_t)rows, CHANNELS},
                   .origin = {0, 0, -start_ev / step_ev}, .scale = {1, 1, step_ev},
                   .units = {"nm", "nm", "eV"}, .signal = "EELS", .format = "Spectrum image",
                   .values = values, .value_bytes = pixels * CHANNELS * sizeof *values}}});
    free(values);
    return 0;
}

static int same(const char *a_path, const char *b_path)
{
    eel_store *a = NULL, *b = NULL;
    int code = eel_store_open(&a, a_path, EEL_STORE_READ);

    if (code == EEL_OK)
        code = eel_store_open(&b, b_path, EEL_STORE_READ);
    if (code != EEL_OK) {
        fprintf(stderr, "%s\n", eel_words());
        return 1;
    }
    uint64_t pixels = eel_store_info_of(b)->pixels, valued = 0, differ = 0;
    uint32_t classes = eel_store_info_of(b)->classes;
    float *of_a = calloc(classes, sizeof *of_a), *of_b = calloc(classes, sizeof *of_b);
    for (uint64_t p = 0; p < pixels; p++) {
        uint8_t state_a, state_b;
        if (eel_store_states(a, p, 1, &state_a) || eel_store_states(b, p, 1, &state_b) ||
            eel_store_values(a, p, 1, of_a) || eel_store_values(b, p, 1, of_b))
            differ++;
        valued += state_b == EEL_VALUE;
        differ += state_a == EEL_VALUE && state_b == EEL_VALUE &&
                  memcmp(of_a, of_b, classes * sizeof *of_a);
    }
    printf("%llu\n", (unsigned long long)valued);
    if (differ)
        fprintf(stderr, "%llu pixels differ\n", (unsigned long long)differ);
    free(of_a);
    free(of_b);
    eel_store_close(a);
    eel_store_close(b);
    return differ != 0;
}

int main(int argc, char **argv)
{
    if ((argc == 5 || argc == 6) && !strcmp(argv[1], "make"))
        return make(atoi(argv[2]), atoi(argv[3]), argv[4], argv[5]);
    if (argc == 6 && !strcmp(argv[1], "stack")) {
        tiff_make(argv[5], (uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3]), (uint32_t)atoi(argv[4]), PLAIN, NULL);
        return 0;
    }
    if (argc == 4 && !strcmp(argv[1], "same"))
        return same(argv[2], argv[3]);
    fprintf(stderr, "usage: live_tool make ROWS COLUMNS OUT.dm4 [ZERO_EV] | "
                    "stack PAGES ROWS COLUMNS OUT.tif | same STORE STORE\n");
    return 2;
}
