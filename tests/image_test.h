/*
 * image_test - what the tests of readers share: a folder for their files, reading everything.
 */
#ifndef EEL_IMAGE_TEST_H
#define EEL_IMAGE_TEST_H

#include <unistd.h>
#include "test.h"
#include "io/image.h"

static char test_path[256]; /* a file in the temporary folder, one at a time */

static inline const char *temporary(const char *name)
{
    const char *folder = getenv("TMPDIR");
    snprintf(test_path, sizeof test_path, "%s/eel_%ld_%s", folder ? folder : "/tmp",
             (long)getpid(), name);
    return test_path;
}

static inline void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static inline void write_text(const char *path, const char *text)
{
    write_bytes(path, text, strlen(text));
}

/* Every value of an image as double, (pixels, channels); malloc'ed. `rows` at a time. */
static inline double *read_all(eel_image *image, uint32_t rows)
{
    const eel_image_info *info = eel_image_info_of(image);
    size_t n = info->axis.n, size = eel_image_type_size(info->type);
    double *all = malloc(info->pixels * n * sizeof *all);
    char *block = malloc(rows * n * size);

    for (uint64_t first = 0; first < info->pixels; first += rows) {
        uint32_t now = info->pixels - first < rows ? (uint32_t)(info->pixels - first) : rows;
        assert_ok(eel_image_read(image, first, now, block));
        for (size_t i = 0; i < now * n; i++) {
            double *out = &all[first * n + i];
            switch (info->type) {
            case EEL_IMAGE_U8: *out = ((uint8_t *)block)[i]; break;
            case EEL_IMAGE_I8: *out = ((int8_t *)block)[i]; break;
            case EEL_IMAGE_U16: *out = ((uint16_t *)block)[i]; break;
            case EEL_IMAGE_I16: *out = ((int16_t *)block)[i]; break;
            case EEL_IMAGE_U32: *out = ((uint32_t *)block)[i]; break;
            case EEL_IMAGE_I32: *out = ((int32_t *)block)[i]; break;
            case EEL_IMAGE_U64: *out = (double)((uint64_t *)block)[i]; break;
            case EEL_IMAGE_I64: *out = (double)((int64_t *)block)[i]; break;
            case EEL_IMAGE_F32: *out = (double)((float *)block)[i]; break;
            case EEL_IMAGE_F64: case EEL_IMAGE_TYPES: *out = ((double *)block)[i]; break;
            }
        }
    }
    free(block);
    return all;
}

#endif
