#include "io/image.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "io/bin.h"
#include "io/format.h"

struct eel_image {
    const eel_format *format;
    void *file;
    eel_image_info info;
    int is_selection, is_binned;
    eel_selection selection;
    eel_binning binning; /* of what is selected */
};

/* What a file of no format of ours most likely is. */
static const char *other_format(const unsigned char *head, size_t n)
{
    static const struct { const char *magic; size_t length; const char *what; } others[] = {
        {"\x89PNG", 4, "a PNG image"},    {"%PDF", 4, "a PDF document"},
        {"\x1f\x8b", 2, "a gzip archive"},
        {"II\x97\x01", 4, "a TIA series (.ser)"}, {"\xff\xfe", 2, "text in UTF-16"},
        {"MATLAB", 6, "a MATLAB file"},   {"<?xml", 5, "XML"},
        {"{", 1, "JSON"},
    };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (n >= others[i].length && memcmp(head, others[i].magic, others[i].length) == 0)
            return others[i].what;
    }
    for (size_t i = 0; i < n; i++) {
        if (head[i])
            return "of no known format";
    }
    return "all zeros where a header should be";
}

static int read_head(const char *path, unsigned char *head, size_t *n)
{
    struct stat stat;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us up */

    if (fd < 0)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    int code = EEL_OK;
    if (fstat(fd, &stat) != 0)
        code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    else if (S_ISDIR(stat.st_mode))
        code = eel_fail(EEL_EIO, "%s: is a folder, expected a file", path);
    else if (!S_ISREG(stat.st_mode))
        code = eel_fail(EEL_EIO, "%s: is no regular file", path);
    else if (stat.st_size == 0)
        code = eel_fail(EEL_EFORMAT, "%s: is empty", path);
    if (code == EEL_OK) {
        ssize_t got = pread(fd, head, EEL_PROBE_BYTES, 0);
        if (got < 0)
            code = eel_fail(EEL_EIO, "%s: cannot be read: %s", path, strerror(errno));
        *n = got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return code;
}

static const eel_format *format_of(const unsigned char *head, size_t n)
{
    for (int i = 0; eel_formats[i]; i++) {
        if (eel_formats[i]->probe(head, n))
            return eel_formats[i];
    }
    return NULL;
}

/* What is said of a file is kept whole, for whoever opens it again. */
static int check_lengths(const eel_image_info *info, const eel_image_options *options)
{
    const struct {
        const char *option, *text;
        size_t room;
    } said[] = {{"axis", options->axis, sizeof info->said_axis}, {"axes", options->axes, sizeof info->said_axes},
                {"select", options->select, sizeof info->select}, {"bin", options->bin, sizeof info->bin}};

    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        if (said[i].text && strlen(said[i].text) >= said[i].room)
            return eel_fail(EEL_EARGS, "--%s: '%.16s…' is longer than %zu letters", said[i].option, said[i].text,
                            said[i].room - 1);
    }
    return EEL_OK;
}

#define LOOKS 4 /* spectra, from the first to the last, that are asked what was not recorded */

/* A file that cannot be read says so when it is. */
static void find_unrecorded(eel_image *made)
{
    eel_image_info *info = &made->info;
    uint32_t n = info->axis.n, looks = info->pixels < LOOKS ? (uint32_t)info->pixels : LOOKS;
    void *values = malloc(n * eel_image_type_size(info->type));
    float *counts = malloc(n * sizeof *counts);
    int seen = 0;

    for (uint32_t k = 0; values && counts && k < looks; k++) {
        uint64_t pixel = looks > 1 ? (info->pixels - 1) / (looks - 1) * k : 0;
        eel_unrecorded here;
        if (made->format->read(made->file, pixel, 1, values) != EEL_OK)
            continue;
        eel_image_to_float(counts, values, info->type, n);
        if (!eel_unrecorded_in(&here, counts, n))
            continue;
        if (seen++)
            eel_unrecorded_both(&info->unrecorded, &here);
        else
            info->unrecorded = here;
    }
    free(counts);
    free(values);
}

/* Opens what read_head has found to be a file. */
static int open_file(eel_image *made, const char *path, const eel_image_options *options)
{
    eel_image_info *info = &made->info;
    eel_stated stated;
    int code = eel_stated_parse(&stated, options);

    if (code == EEL_OK)
        code = check_lengths(info, options);
    if (code == EEL_OK && stated.dims > 0 && !made->format->nameless)
        code = eel_fail(EEL_EARGS, "--axes: %s says itself what its axes are", path);
    if (code != EEL_OK)
        return code;
    info->beam_kev = info->collection_mrad = info->convergence_mrad = info->exposure_s = NAN;
    strcpy(info->path, path);
    snprintf(info->format, sizeof info->format, "%s", made->format->about.name);
    snprintf(info->said_axis, sizeof info->said_axis, "%s", options->axis ? options->axis : "");
    snprintf(info->said_axes, sizeof info->said_axes, "%s", options->axes ? options->axes : "");
    code = made->format->open(&made->file, info, path, &stated);
    if (code != EEL_OK)
        return code;
    find_unrecorded(made);
    made->is_selection = options->select != NULL;
    if (made->is_selection)
        code = eel_select(&made->selection, info, options->select);
    if (code == EEL_OK && options->bin)
        code = eel_bin(&made->binning, info, options->bin);
    made->is_binned = *info->bin;
    if (code != EEL_OK)
        made->format->close(made->file);
    return code;
}

int eel_image_open_as(eel_image **image, const char *path, const eel_image_options *options)
{
    unsigned char head[EEL_PROBE_BYTES];
    size_t n = 0;

    if (strlen(path) >= sizeof(((eel_image_info *)0)->path))
        return eel_fail(EEL_ELIMIT, "%.60s…: name longer than %zu bytes", path,
                        sizeof(((eel_image_info *)0)->path) - 1);
    int code = read_head(path, head, &n);
    if (code != EEL_OK)
        return code;
    const eel_format *format = format_of(head, n);
    if (!format)
        return eel_fail(EEL_EFORMAT, "%s: is %s, expected one that `eelstream info --formats` lists",
                        path, other_format(head, n));
    eel_image *made = calloc(1, sizeof *made);
    if (!made)
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    made->format = format;
    code = open_file(made, path, options);
    if (code != EEL_OK) {
        free(made);
        return code;
    }
    *image = made;
    return EEL_OK;
}

int eel_image_open(eel_image **image, const char *path, const char *signal)
{
    return eel_image_open_as(image, path, &(eel_image_options){.signal = signal});
}

static const char *unless_empty(const char *text)
{
    return *text ? text : NULL;
}

int eel_image_open_again(eel_image **image, const eel_image_info *then)
{
    char signal[16];

    snprintf(signal, sizeof signal, "#%d", then->signal);
    eel_image_options options = {.signal = then->signal_count > 1 ? signal : NULL,
                                 .axis = unless_empty(then->said_axis),
                                 .axes = unless_empty(then->said_axes),
                                 .select = unless_empty(then->select),
                                 .bin = unless_empty(then->bin)};
    int code = eel_image_open_as(image, then->path, &options);
    if (code != EEL_OK)
        return code;
    const eel_image_info *now = &(*image)->info;
    if (now->pixels == then->pixels && now->axis.n == then->axis.n && now->type == then->type)
        return EEL_OK;
    eel_image_close(*image);
    return eel_fail(EEL_EFORMAT, "%s: other spectra than before", then->path);
}

const eel_format_name *eel_image_format(int i)
{
    return eel_formats[i] ? &eel_formats[i]->about : NULL;
}

const eel_image_info *eel_image_info_of(const eel_image *image)
{
    return &image->info;
}

const char *eel_image_file(const eel_image_info *info)
{
    const char *slash = strrchr(info->path, '/');

    return slash ? slash + 1 : info->path;
}

/* Spectra of what is selected, before they are added up, of the file's own type. */
static int read_selected(void *of, uint64_t first, uint32_t rows, void *spectra)
{
    eel_image *image = of;

    if (!image->is_selection)
        return rows ? image->format->read(image->file, first, rows, spectra) : EEL_OK;
    eel_image_type type = image->is_binned ? image->binning.type : image->info.type;
    size_t row_bytes = image->info.axis.n * eel_image_type_size(type);
    while (rows > 0) {
        uint64_t run, at = eel_selection_at(&image->selection, first, &run);
        uint32_t now = run < rows ? (uint32_t)run : rows;
        int code = image->format->read(image->file, at, now, spectra);
        if (code != EEL_OK)
            return code;
        spectra = (char *)spectra + now * row_bytes;
        first += now;
        rows -= now;
    }
    return EEL_OK;
}

int eel_image_read(eel_image *image, uint64_t first, uint32_t rows, void *spectra)
{
    uint64_t pixels = image->info.pixels;

    if (first > pixels || rows > pixels - first)
        return eel_fail(EEL_EARGS, "%s: pixels %ju to %ju asked for, it has %ju", image->info.path,
                        (uintmax_t)first, (uintmax_t)(first + rows), (uintmax_t)pixels);
    return image->is_binned ? eel_bin_read(&image->binning, first, rows, spectra, read_selected, image)
                            : read_selected(image, first, rows, spectra);
}

void eel_image_keep(const eel_image *image, int64_t group, uint32_t *left)
{
    if (image->format->keep)
        image->format->keep(image->file, &image->info, group, left);
}

void eel_image_close(eel_image *image)
{
    if (!image)
        return;
    image->format->close(image->file);
    free(image);
}
