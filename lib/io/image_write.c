#include "io/image_write.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/err.h"
#include "base/replace.h"
#include "io/hspy_write.h"

typedef enum { HSPY, MSA, NPY } file_kind;

struct eel_image_writer {
    file_kind kind;
    eel_image_info info;
    eel_hspy_file *hspy; /* HSPY; the others write to `file` */
    eel_replace replace;
    FILE *file;
    long header_bytes;
};

static int kind_of(const char *path, file_kind *out)
{
    static const struct { const char *ending; file_kind kind; } endings[] = {
        {".hspy", HSPY}, {".msa", MSA}, {".emsa", MSA}, {".npy", NPY},
    };
    size_t length = strlen(path);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i].ending);
        if (length > n && strcasecmp(path + length - n, endings[i].ending) == 0) {
            *out = endings[i].kind;
            return EEL_OK;
        }
    }
    return eel_fail(EEL_EARGS, "%s: unknown ending, expected .hspy, .msa or .npy", path);
}

void eel_image_left_out(const eel_image_writer *w, char *words, size_t size)
{
    const eel_image_info *info = &w->info;
    uint32_t left = w->kind == HSPY ? eel_hspy_left(w->hspy) : 0;

    *words = 0;
    if (left > 0)
        snprintf(words, size, "; %u part%s of its metadata left out, too large or of no kind that is kept", left,
                 left == 1 ? "" : "s");
    else if (w->kind == NPY)
        snprintf(words, size, "; values only, --axis %.12g:%.12g states their energies", info->axis.start_ev,
                 info->axis.step_ev);
    else if (w->kind == MSA && *info->elements)
        snprintf(words, size, "; without the elements that were named: %s", info->elements);
}

/* Format of NumPy arrays, version 1.0 (numpy.lib.format). */
static int npy_header(eel_image_writer *w)
{
    static const char *const codes[EEL_IMAGE_TYPES] = {
        [EEL_IMAGE_U8] = "|u1", [EEL_IMAGE_I8] = "|i1", [EEL_IMAGE_U16] = "u2",
        [EEL_IMAGE_I16] = "i2", [EEL_IMAGE_U32] = "u4", [EEL_IMAGE_I32] = "i4",
        [EEL_IMAGE_U64] = "u8", [EEL_IMAGE_I64] = "i8", [EEL_IMAGE_F32] = "f4",
        [EEL_IMAGE_F64] = "f8",
    };
    char dict[512];
    const char *code = codes[w->info.type];
    const char *order = *code == '|' ? "" : __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "<" : ">";
    size_t at = (size_t)snprintf(dict, sizeof dict, "{'descr': '%s%s', 'fortran_order': False, "
                                 "'shape': (", order, code);

    for (int k = 0; k < w->info.nav_count; k++)
        at += (size_t)snprintf(dict + at, sizeof dict - at, "%ju, ",
                               (uintmax_t)w->info.nav[k].size);
    at += (size_t)snprintf(dict + at, sizeof dict - at, "%u,), }", w->info.axis.n);
    size_t total = (10 + at + 1 + 63) / 64 * 64; /* values begin at a multiple of 64 */
    unsigned char magic[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    magic[8] = (unsigned char)((total - 10) & 255);
    magic[9] = (unsigned char)((total - 10) >> 8);
    fwrite(magic, 1, sizeof magic, w->file);
    fprintf(w->file, "%-*s\n", (int)(total - 11), dict);
    w->header_bytes = (long)total;
    return ferror(w->file) ? -1 : 0;
}

static void msa_known(FILE *file, const char *key, double value)
{
    if (!isnan(value))
        fprintf(file, "#%-12s: %.9g\n", key, value);
}

static int msa_header(eel_image_writer *w)
{
    const eel_image_info *info = &w->info;

    fprintf(w->file, "#FORMAT      : EMSA/MAS Spectral Data File\n#VERSION     : 1.0\n"
            "#TITLE       : %s\n#DATE        : \n#TIME        : \n#OWNER       : \n"
            "#NPOINTS     : %u\n#NCOLUMNS    : 1\n#XUNITS      : eV\n#YUNITS      : \n"
            "#DATATYPE    : XY\n#XPERCHAN    : %.12g\n#OFFSET      : %.12g\n"
            "#SIGNALTYPE  : ELS\n#XLABEL      : Energy loss\n#YLABEL      : Counts\n",
            info->title, info->axis.n, info->axis.step_ev, info->axis.start_ev);
    msa_known(w->file, "BEAMKV   -kV", info->beam_kev);
    msa_known(w->file, "CONVANGLE-mR", info->convergence_mrad);
    msa_known(w->file, "COLLANGLE-mR", info->collection_mrad);
    msa_known(w->file, "INTEGTIME-ms", info->exposure_s * 1000);
    fprintf(w->file, "#SPECTRUM    : Spectral Data Starts Here\n");
    return ferror(w->file) ? -1 : 0;
}

static double value_at(const void *values, eel_image_type type, size_t i)
{
    switch (type) {
    case EEL_IMAGE_U8: return ((const uint8_t *)values)[i];
    case EEL_IMAGE_I8: return ((const int8_t *)values)[i];
    case EEL_IMAGE_U16: return ((const uint16_t *)values)[i];
    case EEL_IMAGE_I16: return ((const int16_t *)values)[i];
    case EEL_IMAGE_U32: return ((const uint32_t *)values)[i];
    case EEL_IMAGE_I32: return ((const int32_t *)values)[i];
    case EEL_IMAGE_U64: return (double)((const uint64_t *)values)[i];
    case EEL_IMAGE_I64: return (double)((const int64_t *)values)[i];
    case EEL_IMAGE_F32: return (double)((const float *)values)[i];
    case EEL_IMAGE_F64: case EEL_IMAGE_TYPES: break;
    }
    return ((const double *)values)[i];
}

static int msa_values(eel_image_writer *w, const void *spectrum)
{
    int digits = w->info.type == EEL_IMAGE_F32 ? 9 : 17;

    for (uint32_t c = 0; c < w->info.axis.n; c++)
        fprintf(w->file, "%.10g, %.*g\n", eel_axis_ev(&w->info.axis, c), digits,
                value_at(spectrum, w->info.type, c));
    fprintf(w->file, "#ENDOFDATA   : End Of Data and File\n");
    return ferror(w->file) ? -1 : 0;
}

static int hspy_start(eel_image_writer *w, const char *path, const eel_image *like)
{
    eel_hspy_signal signal = eel_hspy_signal_like(&w->info);

    signal.like = like;
    int code = eel_hspy_create(&w->hspy, path);
    return code == EEL_OK ? eel_hspy_begin(w->hspy, &signal) : code;
}

static int plain_start(eel_image_writer *w, const char *path)
{
    int code = eel_replace_begin(&w->replace, path);

    if (code != EEL_OK)
        return code;
    w->file = fopen(w->replace.temporary, "we");
    if (!w->file) {
        code = eel_fail(EEL_EIO, "%s: cannot be created: %s", path, strerror(errno));
        w->replace.temporary[0] = 0; /* there is nothing to take away */
        return code;
    }
    if (w->kind == NPY ? npy_header(w) : msa_header(w))
        return eel_fail(EEL_EIO, "%s: cannot be written: %s", path, strerror(errno));
    return EEL_OK;
}

static int create(eel_image_writer **writer, const char *path, const eel_image_info *info, const eel_image *like)
{
    file_kind kind = HSPY;
    int code = kind_of(path, &kind);

    if (code != EEL_OK)
        return code;
    if (kind == MSA && info->pixels != 1)
        return eel_fail(EEL_EARGS, "%s: msa files hold single spectra, %s has %ju; write .hspy",
                        path, info->path, (uintmax_t)info->pixels);
    eel_image_writer *w = calloc(1, sizeof *w);
    if (!w)
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    w->kind = kind;
    w->info = *info;
    code = kind == HSPY ? hspy_start(w, path, like) : plain_start(w, path);
    if (code != EEL_OK)
        eel_image_finish(w, 0);
    else
        *writer = w;
    return code;
}

int eel_image_create(eel_image_writer **writer, const char *path, const eel_image_info *info)
{
    return create(writer, path, info, NULL);
}

int eel_image_create_like(eel_image_writer **writer, const char *path, const eel_image *image)
{
    return create(writer, path, eel_image_info_of(image), image);
}

int eel_image_write(eel_image_writer *w, uint64_t first, uint32_t rows, const void *spectra)
{
    size_t row_bytes = w->info.axis.n * eel_image_type_size(w->info.type);
    int bad;

    if (w->kind == HSPY)
        return eel_hspy_write(w->hspy, first, rows, spectra);
    if (w->kind == MSA)
        bad = msa_values(w, spectra);
    else
        bad = fseeko(w->file, w->header_bytes + (off_t)(first * row_bytes), SEEK_SET) != 0 ||
              fwrite(spectra, row_bytes, rows, w->file) != rows;
    return bad ? eel_fail(EEL_EIO, "%s: cannot be written: %s", w->replace.path, strerror(errno))
               : EEL_OK;
}

int eel_image_finish(eel_image_writer *w, int keep)
{
    int code = EEL_OK;

    if (!w)
        return EEL_OK;
    if (w->kind == HSPY) {
        code = eel_hspy_close(w->hspy, keep);
    } else {
        if (w->file && fclose(w->file) != 0 && keep)
            code = eel_fail(EEL_EIO, "%s: cannot be written: %s", w->replace.path,
                            strerror(errno));
        int end = eel_replace_end(&w->replace, keep ? code : EEL_ECANCEL);
        code = keep ? end : EEL_OK;
    }
    free(w);
    return code;
}
