/*
 * make_sparse - a spectrum image of 20 GB that takes no room on the disk: all its counts are zero.
 *
 *     make_sparse FILE.dm4        1600 x 1600 spectra of 2048 channels, float32
 */
#include "../dm_make.h"

#include <stdio.h>
#include <sys/stat.h>

#define SIDE     1600
#define CHANNELS 2048

int main(int argc, char **argv)
{
    dm_description file = {.version = 4, .images = 1};
    struct stat made;

    if (argc != 2)
        return 2;
    file.image[0] = (dm_image){
        .name = "SI", .data_type = 2, .dims = 3, .size = {CHANNELS, SIDE, SIDE},
        .origin = {-1000, 0, 0}, .scale = {0.25, 1, 1}, .units = {"eV", "nm", "nm"},
        .signal = "EELS", .format = "Spectrum image", .voltage = 200e3,
        .value_bytes = (uint64_t)SIDE * SIDE * CHANNELS * sizeof(float),
    };
    dm_make(argv[1], &file);
    if (stat(argv[1], &made) != 0 || made.st_size < 20000000000) {
        fprintf(stderr, "make_sparse: %s: is not of 20 GB\n", argv[1]);
        return 1;
    }
    return 0;
}
