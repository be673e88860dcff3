/*
 * dm_image - the images of a DigitalMicrograph file as signals with spectra.
 *
 * /ImageList holds one group per image: ImageData (Data, DataType, Dimensions with the fastest
 * first, Calibrations) and ImageTags (what the instrument recorded). Spectrum images keep the
 * energy in the slowest dimension, line scans in the fastest. Calibrated value = (channel -
 * Origin) * Scale. Images named under /Thumbnails are pictures for file browsers and skipped.
 */
#include "io/format.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/err.h"
#include "eels/elements.h"
#include "base/mem.h"
#include "io/dm_tags.h"
#include "io/planes.h"

#define IMAGES_MAX 1024 /* of one file, thumbnails and pictures included */

typedef struct {
    eel_planes planes;
    int fd;
    int image; /* number of the tag of the one that is read */
    char path[1024];
} dm_file;

static int probe(const unsigned char *head, size_t n)
{
    static const unsigned char dm3[4] = {0, 0, 0, 3}, dm4[4] = {0, 0, 0, 4};

    if (n < 16)
        return 0;
    /* Version, size, byte order: 0 or 1 in a big-endian word. */
    const unsigned char *order = head + (memcmp(head, dm4, 4) == 0 ? 12 : 8);
    return (memcmp(head, dm3, 4) == 0 || memcmp(head, dm4, 4) == 0) && !order[0] && !order[1] &&
           !order[2] && order[3] <= 1;
}

/* DataType as in the DigitalMicrograph scripting documentation. */
static int type_of(eel_candidate *c, double data_type)
{
    static const struct { int code; eel_image_type type; } known[] = {
        {1, EEL_IMAGE_I16}, {2, EEL_IMAGE_F32}, {6, EEL_IMAGE_U8},   {7, EEL_IMAGE_I32},
        {9, EEL_IMAGE_I8},  {10, EEL_IMAGE_U16}, {11, EEL_IMAGE_U32}, {12, EEL_IMAGE_F64},
        {39, EEL_IMAGE_I64}, {40, EEL_IMAGE_U64},
    };
    static const struct { int code; const char *what; } refused[] = {
        {3, "complex"}, {5, "packed complex"}, {8, "RGB"}, {13, "complex"}, {14, "yes/no"},
        {23, "RGB"}, {27, "packed complex"}, {28, "packed complex"},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (data_type == known[i].code) {
            c->type = known[i].type;
            return 1;
        }
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (data_type == refused[i].code)
            eel_candidate_refuse(c, "its values are %s, expected numbers", refused[i].what);
    }
    eel_candidate_refuse(c, "its values are of unknown type %g", data_type);
    return 0;
}

typedef struct {
    double origin, scale;
    char units[32];
} calibration;

/* Of the DigitalMicrograph dimension `index`; some plug-ins write fewer than there are. */
static calibration calibration_of(const eel_dm_tags *tags, int image, int index)
{
    calibration c = {.origin = 0, .scale = 1};
    int list = eel_dm_find(tags, image, "ImageData:Calibrations:Dimension");
    int tag = eel_dm_child(tags, list, index);

    c.origin = eel_dm_number(tags, tag, "Origin", 0);
    c.scale = eel_dm_number(tags, tag, "Scale", 1);
    eel_dm_text(tags, tag, "Units", c.units, sizeof c.units);
    return c;
}

/* Sizes, slowest first, and whether the data in the file are as long as they say. */
static int read_shape(const eel_dm_tags *tags, int image, eel_candidate *c)
{
    int list = eel_dm_find(tags, image, "ImageData:Dimensions");
    uint64_t values = 1;

    c->dims = eel_dm_children(tags, list);
    if (c->dims < 1 || c->dims > EEL_DIMS_MAX) {
        eel_candidate_refuse(c, "it has %d dimensions, expected 1 to %d", c->dims, EEL_DIMS_MAX);
        c->dims = 0;
        return 0;
    }
    for (int d = 0; d < c->dims; d++) {
        double size = eel_dm_number(tags, eel_dm_child(tags, list, d), "", 0);
        c->size[c->dims - 1 - d] = size >= 1 && size < 0x1p48 ? (uint64_t)size : 0;
        if (c->size[c->dims - 1 - d] == 0 ||
            __builtin_mul_overflow(values, (uint64_t)size, &values)) {
            eel_candidate_refuse(c, "its dimension %d is %g", d, size);
            return 0;
        }
    }
    int data = eel_dm_find(tags, image, "ImageData:Data");
    if (data < 0 || tags->tags[data].kind == EEL_DM_GROUP)
        eel_candidate_refuse(c, "it has no data");
    else if (!*c->why_not && (tags->tags[data].kind != EEL_DM_ARRAY ||
                              tags->tags[data].value_bytes != eel_image_type_size(c->type) ||
                              tags->tags[data].count < values))
        eel_candidate_refuse(c, "its %ju values of %u bytes are no array of that shape",
                             (uintmax_t)tags->tags[data].count, tags->tags[data].value_bytes);
    return !*c->why_not;
}

/* The DigitalMicrograph dimension with energies, -1 when none is. */
static int energy_of(const eel_dm_tags *tags, int image, const eel_candidate *c, int spectra)
{
    for (int d = c->dims - 1; d >= 0; d--) {
        if (eel_unit_ev(calibration_of(tags, image, d).units) > 0)
            return d;
    }
    return !spectra ? -1 : c->dims > 2 ? c->dims - 1 : 0;
}

static void describe(const eel_dm_tags *tags, int image, const eel_stated *stated,
                     eel_candidate *c)
{
    char signal[32], format[32];

    eel_candidate_init(c, stated);
    eel_dm_text(tags, image, "Name", c->name, sizeof c->name);
    eel_dm_text(tags, image, "ImageTags:Meta Data:Signal", signal, sizeof signal);
    eel_dm_text(tags, image, "ImageTags:Meta Data:Format", format, sizeof format);
    type_of(c, eel_dm_number(tags, image, "ImageData:DataType", -1));
    if (!read_shape(tags, image, c) && c->dims == 0)
        return;

    int xray = strcmp(signal, "X-ray") == 0, light = strcmp(signal, "CL") == 0;
    int eels = strcmp(signal, "EELS") == 0 ||
               (!xray && !light && eel_dm_find(tags, image, "ImageTags:spim:eels") >= 0);
    int spectra = strncmp(format, "Spectrum", 8) == 0 || eels ||
                  eel_dm_find(tags, image, "ImageTags:spim") >= 0 || stated->has_axis ||
                  stated->unit_ev > 0;
    int energy = energy_of(tags, image, c, spectra);
    c->prefix = xray ? "EDS " : light ? "CL " : "";
    if (xray)
        eel_candidate_refuse(c, "its metadata say X-ray, expected EELS");
    if (energy < 0) {
        eel_candidate_refuse(c, "no axis is in eV");
        return;
    }
    calibration e = calibration_of(tags, image, energy);
    eel_candidate_energy(c, c->dims - 1 - energy, 0.0 - e.origin * e.scale, e.scale, e.units, eels);
    if (light)
        eel_candidate_refuse(c, "its metadata say CL, expected EELS");
}

static double positive_or_nan(double value)
{
    return value > 0 && isfinite(value) ? value : NAN;
}

/* Where microscopes and plug-ins leave what we show; 0 means "not filled in" there. */
static void read_metadata(const eel_dm_tags *tags, int image, eel_image_info *info)
{
    int t = eel_dm_find(tags, image, "ImageTags");
    int conditions = eel_dm_find(tags, t, "EELS:Experimental Conditions");
    int acquisition = eel_dm_find(tags, t, "EELS:Acquisition");
    int state = eel_dm_find(tags, t, "EELS:State");

    info->beam_kev = positive_or_nan(eel_dm_number(tags, t, "Microscope Info:Voltage", 0) / 1000);
    info->collection_mrad =
        positive_or_nan(eel_dm_number(tags, conditions, "Collection semi-angle (mrad)", 0));
    info->convergence_mrad =
        positive_or_nan(eel_dm_number(tags, conditions, "Convergence semi-angle (mrad)", 0));

    /* Single spectra name the whole time, images the exposure of each of several frames. */
    double exposure = eel_dm_number(tags, acquisition, "Integration time (s)", 0);
    if (!(exposure > 0))
        exposure = eel_dm_number(tags, acquisition, "Exposure (s)", 0) *
                   eel_dm_number(tags, acquisition, "Number of frames", 1);
    if (!(exposure > 0))
        exposure = eel_dm_number(tags, t, "SI:Acquisition:Pixel time (s)", 0);
    info->exposure_s = positive_or_nan(exposure);

    double z = eel_dm_number(tags, state, "Current Edge:Info:Z", 0);
    if (z >= 1 && z < 120)
        eel_elements_add(info->elements, eel_element_symbol((int)z));
    int edge = eel_dm_child(tags, eel_dm_find(tags, state, "Quantification List"), 0);
    for (; edge >= 0; edge = tags->tags[edge].next) {
        z = eel_dm_number(tags, edge, "Info:Z", 0);
        if (z >= 1 && z < 120)
            eel_elements_add(info->elements, eel_element_symbol((int)z));
    }
}

static void read_axes(const eel_dm_tags *tags, int image, const eel_candidate *c,
                      eel_image_info *info, const int axis_of[EEL_NAV_MAX])
{
    static const char *const names[] = {"x", "y", "z"}; /* from the fastest on */

    for (int k = 0; k < info->nav_count; k++) {
        calibration n = calibration_of(tags, image, c->dims - 1 - axis_of[k]);
        int from_fast = info->nav_count - 1 - k;
        info->nav[k].scale = isfinite(n.scale) && n.scale != 0 ? n.scale : 1;
        info->nav[k].offset = isfinite(n.origin) ? 0.0 - n.origin * info->nav[k].scale : 0;
        snprintf(info->nav[k].units, sizeof info->nav[k].units, "%s", n.units);
        if (from_fast < 3)
            snprintf(info->nav[k].name, sizeof info->nav[k].name, "%s", names[from_fast]);
    }
}

static int is_thumbnail(const eel_dm_tags *tags, int index)
{
    int list = eel_dm_find(tags, 0, "Thumbnails");
    int found = 0, tag = eel_dm_child(tags, list, 0);

    for (int i = 0; i < IMAGES_MAX && tag >= 0; i++, tag = tags->tags[tag].next)
        found |= eel_dm_number(tags, tag, "ImageIndex", -1) == index;
    return found;
}

static int open_images(dm_file *file, const eel_dm_tags *tags, eel_image_info *info,
                       const eel_stated *stated, eel_candidate *candidates)
{
    int list = eel_dm_find(tags, 0, "ImageList"), images[EEL_SIGNALS_MAX], count = 0;
    int axis_of[EEL_NAV_MAX], children = eel_dm_children(tags, list);

    if (children > IMAGES_MAX)
        return eel_fail(EEL_ELIMIT, "%s: %d images, at most %d", file->path, children, IMAGES_MAX);
    for (int i = 0; i < children; i++) {
        int image = eel_dm_child(tags, list, i);
        if (is_thumbnail(tags, i) || eel_dm_find(tags, image, "ImageData") < 0)
            continue;
        if (count == EEL_SIGNALS_MAX)
            return eel_fail(EEL_ELIMIT, "%s: more than %d signals", file->path, EEL_SIGNALS_MAX);
        describe(tags, image, stated, &candidates[count]);
        images[count++] = image;
    }
    int code = eel_pick(info, file->path, candidates, count, stated->signal);
    if (code != EEL_OK)
        return code;
    const eel_candidate *c = &candidates[info->signal];
    int image = images[info->signal];
    code = eel_pick_navigation(info, file->path, c, axis_of);
    if (code != EEL_OK)
        return code;
    read_axes(tags, image, c, info, axis_of);
    read_metadata(tags, image, info);
    snprintf(info->format, sizeof info->format, "dm%d", tags->version);

    file->image = image;
    file->planes = (eel_planes){.fd = file->fd, .outer = 1, .inner = 1, .channels = info->axis.n,
                                .size = (uint32_t)eel_image_type_size(info->type),
                                .swap = tags->swap,
                                .offset = tags->tags[eel_dm_find(tags, image,
                                                                 "ImageData:Data")].offset};
    for (int d = 0; d < c->dims; d++) {
        if (d != c->energy)
            *(d < c->energy ? &file->planes.outer : &file->planes.inner) *= c->size[d];
    }
    return EEL_OK;
}

static void close_file(void *state)
{
    dm_file *file = state;
    if (!file)
        return;
    eel_planes_release(&file->planes);
    if (file->fd >= 0)
        close(file->fd);
    free(file);
}

static int open_file(void **state, eel_image_info *info, const char *path,
                     const eel_stated *stated)
{
    dm_file *file = calloc(1, sizeof *file);
    eel_candidate *candidates = eel_alloc(EEL_SIGNALS_MAX, sizeof *candidates);
    eel_dm_tags tags = {0};
    int code = EEL_ENOMEM;

    if (!file || !candidates) {
        free(file);
        eel_free(candidates);
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    }
    snprintf(file->path, sizeof file->path, "%s", path);
    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0)
        code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    else
        code = eel_dm_tags_read(&tags, file->fd, path);
    if (code == EEL_OK)
        code = open_images(file, &tags, info, stated, candidates);
    eel_dm_tags_release(&tags);
    eel_free(candidates);
    if (code == EEL_OK)
        *state = file;
    else
        close_file(file);
    return code;
}

static int read_rows(void *state, uint64_t first, uint32_t rows, void *spectra)
{
    dm_file *file = state;
    return eel_planes_read(&file->planes, file->path, first, rows, spectra);
}

static void keep(void *state, const eel_image_info *info, int64_t group, uint32_t *left)
{
    dm_file *file = state;

    (void)info;
    eel_dm_keep(file->fd, file->path, file->image, group, left);
}

const eel_format eel_format_dm = {
    .about = {"dm", ".dm3 .dm4", "DigitalMicrograph, Gatan"},
    .probe = probe, .open = open_file, .read = read_rows, .close = close_file, .keep = keep,
};
