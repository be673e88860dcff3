#include "raw_make.h"
#include "test.h"

#include <tiffio.h>

#define N (3 * 4 * 20)

void counts(uint16_t *values, int n)
{
    for (int i = 0; i < n; i++)
        values[i] = (uint16_t)i;
}

size_t npy_bytes(unsigned char *out, const char *header, const void *values, size_t n)
{
    size_t length = strlen(header);

    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = (unsigned char)(length & 0xff);
    out[9] = (unsigned char)(length >> 8);
    memcpy(out + 10, header, length);
    memcpy(out + 10 + length, values, n);
    return 10 + length + n;
}

static void write_page(TIFF *tiff, uint32_t page, const uint16_t *values, uint32_t rows,
                       uint32_t columns, tiff_kind kind, const char *description)
{
    int packed = kind == STRIPS || kind == UNEVEN;

    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, columns);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, rows);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 16);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    if (description)
        TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, description);
    if (kind == TILES) {
        uint16_t tile[16 * 16];
        TIFFSetField(tiff, TIFFTAG_TILEWIDTH, 16);
        TIFFSetField(tiff, TIFFTAG_TILELENGTH, 16);
        for (uint32_t x = 0; x < columns; x += 16) {
            memset(tile, 0, sizeof tile);
            for (uint32_t r = 0; r < rows; r++)
                for (uint32_t c = 0; c < 16 && x + c < columns; c++)
                    tile[r * 16 + c] = values[r * columns + x + c];
            assert_true(TIFFWriteTile(tiff, tile, x, 0, 0, 0) > 0);
        }
    } else {
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP,
                     kind == STRIPS ? 2 : kind == UNEVEN ? 1 + page % rows : rows);
        TIFFSetField(tiff, TIFFTAG_COMPRESSION, packed ? COMPRESSION_LZW : COMPRESSION_NONE);
        for (uint32_t r = 0; r < rows; r++) {
            uint16_t row[64];
            memcpy(row, values + r * columns, columns * sizeof *row);
            assert_int_equal(TIFFWriteScanline(tiff, row, r, 0), 1);
        }
    }
    assert_int_equal(TIFFWriteDirectory(tiff), 1);
}

void tiff_make(const char *path, uint32_t pages, uint32_t rows, uint32_t columns, tiff_kind kind,
               const char *description)
{
    size_t n = (size_t)pages * rows * columns;
    uint16_t *values = malloc(n * sizeof *values);
    TIFF *tiff = TIFFOpen(path, kind == SWAPPED ? "wb" : "wl");

    assert_non_null(values);
    assert_non_null(tiff);
    counts(values, (int)n);
    for (uint32_t p = 0; p < pages; p++)
        write_page(tiff, p, values + p * rows * columns, rows, columns, kind, p ? NULL : description);
    TIFFClose(tiff);
    free(values);
}

static void put(unsigned char *at, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

/* A zip archive of two stored members, checksums left out (nobody here reads them). */
static size_t zip_bytes(unsigned char *out, const char *const *names, unsigned char *const *members,
                        const size_t *sizes, int method)
{
    size_t at = 0, starts[2], directory;

    for (int i = 0; i < 2; i++) {
        starts[i] = at;
        memset(out + at, 0, 30);
        memcpy(out + at, "PK\3\4", 4);
        put(out + at + 18, (uint32_t)sizes[i], 4);
        put(out + at + 22, (uint32_t)sizes[i], 4);
        put(out + at + 26, (uint32_t)strlen(names[i]), 2);
        memcpy(out + at + 30, names[i], strlen(names[i]));
        at += 30 + strlen(names[i]);
        memcpy(out + at, members[i], sizes[i]);
        at += sizes[i];
    }
    directory = at;
    for (int i = 0; i < 2; i++) {
        memset(out + at, 0, 46);
        memcpy(out + at, "PK\1\2", 4);
        put(out + at + 10, (uint32_t)method, 2);
        put(out + at + 20, (uint32_t)sizes[i], 4);
        put(out + at + 24, (uint32_t)sizes[i], 4);
        put(out + at + 28, (uint32_t)strlen(names[i]), 2);
        put(out + at + 42, (uint32_t)starts[i], 4);
        memcpy(out + at + 46, names[i], strlen(names[i]));
        at += 46 + strlen(names[i]);
    }
    memset(out + at, 0, 22);
    memcpy(out + at, "PK\5\6", 4);
    put(out + at + 8, 2, 2);
    put(out + at + 10, 2, 2);
    put(out + at + 12, (uint32_t)(at - directory), 4);
    put(out + at + 16, (uint32_t)directory, 4);
    return at + 22;
}

size_t make_ndata(unsigned char *zip, const char *array_name, int method)
{
    static unsigned char array[4096];
    const char *json = "{\"title\": \"Scan\", \"collection_dimension_count\": 2, "
                       "\"datum_dimension_count\": 1, \"dimensional_calibrations\": ["
                       "{\"offset\": 1, \"scale\": 0.5, \"units\": \"nm\"}, "
                       "{\"offset\": 2, \"scale\": 0.25, \"units\": \"nm\"}, "
                       "{\"offset\": 400, \"scale\": 0.5, \"units\": \"eV\"}], "
                       "\"metadata\": {\"instrument\": {\"high_tension\": 60000}}}";
    uint16_t values[N];

    counts(values, N);
    size_t n = npy_bytes(array, "{'descr': '<u2', 'fortran_order': False, 'shape': (3, 4, 20), }\n",
                         values, sizeof values);
    const char *const names[] = {array_name, "metadata.json"};
    unsigned char *const members[] = {array, (unsigned char *)json};
    return zip_bytes(zip, names, members, (size_t[]){n, strlen(json)}, method);
}
