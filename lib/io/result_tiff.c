/*
 * result_tiff - the maps as 32-bit float pages, in the layout of ImageJ.
 *
 * ImageJ reads the first page's description, takes "images=N" from it and expects the pixels of all
 * N pages to follow each other without a gap; the names of the slices stand in its own tags 50838
 * and 50839 (ij/io/TiffEncoder.java; tifffile reads them too). So all page headers are written
 * first, then the pixels. Every page also bears its name where other programs look for it
 * (PageName). Pages run through the classes first and, where energies were moved, by how much;
 * then through the pictures.
 */
#include "io/result.h"
#include "base/err.h"
#include "base/replace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#define TAG_BYTE_COUNTS 50838
#define TAG_METADATA    50839
#define LABEL_MAX       48

static const TIFFFieldInfo imagej_tags[] = {
    {TAG_BYTE_COUNTS, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_LONG, FIELD_CUSTOM, 1, 1,
     (char *)"IJMetadataByteCounts"},
    {TAG_METADATA, TIFF_VARIABLE2, TIFF_VARIABLE2, TIFF_BYTE, FIELD_CUSTOM, 1, 1,
     (char *)"IJMetadata"},
};

static TIFFExtendProc parent_extender;

static void add_imagej_tags(TIFF *tiff)
{
    TIFFMergeFieldInfo(tiff, imagej_tags, 2);
    if (parent_extender)
        parent_extender(tiff);
}

static void know_imagej_tags(void)
{
    static int known;

    if (!known)
        parent_extender = TIFFSetTagExtender(add_imagej_tags);
    known = 1;
}

/* "O K: oxygen…": what ImageJ shows above the slice. */
static void label_of(const eel_result *result, uint64_t page, char label[LABEL_MAX])
{
    uint32_t channels = eel_result_channels(result), channel = (uint32_t)(page % channels);
    const eel_result_class *c = channel < result->classes ? &result->class[channel] : NULL;
    const char *name = c ? c->name : "energy shift", *more = !c ? " (eV)" : c->observable ? "" : " (not observable)";

    if (result->planes > 1)
        snprintf(label, LABEL_MAX, "%s %llu%s", name, (unsigned long long)(page / channels + 1), more);
    else
        snprintf(label, LABEL_MAX, "%s%s", name, more);
}

static void put_u32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof value); /* as the file: little-endian */
}

/* The names of all pages as ImageJ keeps them: a header, then each name in UTF-16. */
static int write_labels(TIFF *tiff, const eel_result *result, uint64_t pages)
{
    size_t header = 4 + 8, longest = pages * LABEL_MAX * 2;
    uint32_t *counts = malloc((pages + 1) * sizeof *counts);
    uint8_t *bytes = malloc(header + longest);
    size_t at = header;
    int ok = counts && bytes;

    if (ok) {
        counts[0] = (uint32_t)header;
        put_u32(bytes, 0x494a494a);     /* "IJIJ" */
        put_u32(bytes + 4, 0x6c61626c); /* "labl" */
        put_u32(bytes + 8, (uint32_t)pages);
    }
    for (uint64_t p = 0; ok && p < pages; p++) {
        char label[LABEL_MAX];
        label_of(result, p, label);
        counts[p + 1] = (uint32_t)(2 * strlen(label));
        for (const char *s = label; *s; s++) {
            bytes[at++] = (uint8_t)*s;
            bytes[at++] = 0;
        }
    }
    if (ok)
        ok = TIFFSetField(tiff, TAG_BYTE_COUNTS, (uint32_t)(pages + 1), counts) &&
             TIFFSetField(tiff, TAG_METADATA, (uint32_t)at, bytes);
    free(counts);
    free(bytes);
    return ok;
}

static int is_micron(const char *units)
{
    return strcmp(units, "µm") == 0 || strcmp(units, "μm") == 0 || strcmp(units, "um") == 0;
}

/* ImageJ's coordinates begin so many pixels before or behind the first. */
static void describe_origin(const eel_image_info *image, char *text, size_t size)
{
    static const char *const keys[] = {"xorigin", "yorigin"};
    size_t at = 0;

    for (int k = 0; k < 2 && k < image->nav_count; k++) {
        const eel_nav_axis *axis = &image->nav[image->nav_count - 1 - k];
        if (axis->units[0] && axis->offset != 0 && axis->scale > 0)
            at += (size_t)snprintf(text + at, size - at, "%s=%.9g\n", keys[k],
                                   -axis->offset / axis->scale);
    }
}

static int write_description(TIFF *tiff, const eel_result *result)
{
    const eel_image_info *image = &result->about.image;
    const char *units = image->nav_count > 0 ? image->nav[image->nav_count - 1].units : "";
    char stack[128], unit[64] = "", origin[80] = "", text[512];
    /* Of pictures on several axes the last one is ImageJ's z, those before together its time. */
    uint64_t slices = image->nav_count > 3 ? image->nav[image->nav_count - 3].size : result->planes;

    if (result->planes > 1)
        snprintf(stack, sizeof stack,
                 "channels=%u\nslices=%llu\nframes=%llu\nhyperstack=true\nmode=grayscale\n",
                 eel_result_channels(result), (unsigned long long)slices,
                 (unsigned long long)(result->planes / slices));
    else
        snprintf(stack, sizeof stack, "slices=%u\n", eel_result_channels(result));
    if (units[0])
        snprintf(unit, sizeof unit, "unit=%s\n", is_micron(units) ? "micron" : units);
    describe_origin(image, origin, sizeof origin);
    snprintf(text, sizeof text, "ImageJ=1.53t\nimages=%llu\n%s%s%sloop=false\nmin=0.0\nmax=1.0\n",
             (unsigned long long)eel_result_pages(result), stack, unit, origin);
    for (char *s = text; *s; s++) {
        if ((unsigned char)*s >= 0x80)
            *s = '?'; /* the tag is ASCII */
    }
    return TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, text);
}

static void write_pixel_size(TIFF *tiff, const eel_image_info *image)
{
    const eel_nav_axis *x, *y;

    if (image->nav_count == 0)
        return;
    x = &image->nav[image->nav_count - 1];
    y = image->nav_count > 1 ? x - 1 : x;
    if (!x->units[0] || !(fabs(x->scale) > 0) || !(fabs(y->scale) > 0))
        return;
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_NONE);
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 1 / fabs(x->scale));
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 1 / fabs(y->scale));
}

/* The header of one page, without its pixels. */
static int write_header(TIFF *tiff, const eel_result *result, uint64_t page)
{
    char label[LABEL_MAX];
    int ok = 1;

    label_of(result, page, label);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, (uint32_t)result->columns);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, (uint32_t)result->rows);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, (uint32_t)result->rows);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 32);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    TIFFSetField(tiff, TIFFTAG_SOFTWARE, "eelstream " EEL_VERSION);
    TIFFSetField(tiff, TIFFTAG_PAGENAME, label);
    write_pixel_size(tiff, &result->about.image);
    if (page == 0)
        ok = write_description(tiff, result) &&
             write_labels(tiff, result, eel_result_pages(result));
    return ok && TIFFDeferStrileArrayWriting(tiff) && TIFFWriteCheck(tiff, 0, "maps") &&
           TIFFWriteDirectory(tiff);
}

static int write_headers(const eel_result *result, const char *path, uint64_t pages)
{
    uint64_t bytes = pages * result->rows * result->columns * sizeof(float);
    TIFF *tiff = TIFFOpen(path, bytes < 0xf0000000u ? "wl" : "wl8");
    int ok = tiff != NULL;

    for (uint64_t p = 0; ok && p < pages; p++)
        ok = write_header(tiff, result, p);
    if (tiff)
        TIFFClose(tiff);
    return ok ? EEL_OK : eel_fail(EEL_EIO, "%s: the TIFF headers could not be written: %s", path,
                                  strerror(errno));
}

static int write_pixels(eel_result *result, const char *path, uint64_t pages)
{
    TIFF *tiff = TIFFOpen(path, "r+");
    tmsize_t bytes = (tmsize_t)(result->rows * result->columns * sizeof(float));
    uint32_t channels = eel_result_channels(result);
    int code = tiff ? EEL_OK : eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));

    for (uint64_t p = 0; code == EEL_OK && p < pages; p++) {
        uint32_t channel = (uint32_t)(p % channels);
        code = eel_result_plane(result, channel < result->classes ? channel : result->shift_column, p / channels);
        if (code != EEL_OK)
            break;
        if (!TIFFSetDirectory(tiff, (uint16_t)p) || !TIFFForceStrileArrayWriting(tiff) ||
            TIFFWriteRawStrip(tiff, 0, result->plane, bytes) != bytes || !TIFFFlush(tiff))
            code = eel_fail(EEL_EIO, "%s: page %llu could not be written: %s", path,
                            (unsigned long long)p, strerror(errno));
    }
    if (tiff)
        TIFFClose(tiff);
    return code;
}

int eel_result_write_tiff(eel_result *result, const char *path)
{
    uint64_t pages = eel_result_pages(result);
    eel_replace file;

    if (pages > EEL_RESULT_PAGES_MAX || result->rows > UINT32_MAX || result->columns > UINT32_MAX)
        return eel_fail(EEL_ELIMIT, "%s: %llu pages of %llu x %llu, a TIFF has at most %d", path,
                        (unsigned long long)pages, (unsigned long long)result->rows,
                        (unsigned long long)result->columns, EEL_RESULT_PAGES_MAX);
    TIFFSetWarningHandler(NULL);
    TIFFSetErrorHandler(NULL);
    know_imagej_tags();
    int code = eel_replace_begin(&file, path);
    if (code == EEL_OK)
        code = write_headers(result, file.temporary, pages);
    if (code == EEL_OK)
        code = write_pixels(result, file.temporary, pages);
    return eel_replace_end(&file, code);
}
