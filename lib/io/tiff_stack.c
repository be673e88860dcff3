/*
 * tiff_stack - spectrum images as stacks of TIFF pages, of which --axes and --axis say what they are.
 *
 * Dimensions, slowest first: those of the pages, then rows and columns. Pages have one dimension
 * unless the description of the first says more: "channels=", "slices=", "frames=" (ImageJ, channels
 * fastest) or a JSON "shape" (tifffile, HyperSpy). ImageJ writes large stacks as one page whose
 * pixels go on for images=N. Pages that are stored plainly are read in place, others by strips or
 * tiles. Pixel sizes and origins count where the description is ImageJ's and has a unit.
 */
#include "io/raw.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tiffio.h>
#include "base/err.h"
#include "base/mem.h"

#define PAGES_MAX      (1u << 20)
#define SIDE_MAX       (1u << 20)         /* pixels of a page, either way */
#define BAND_BYTES_MAX ((uint64_t)1 << 30) /* of a strip or a row of tiles, unpacked */

typedef struct {
    eel_raw *raw;
    TIFF *tiff;
    uint32_t width, height;
    uint16_t bits, kind;       /* kind: SAMPLEFORMAT_… */
    uint64_t pages;
    uint64_t *page_at;         /* (pages, 2): of its directory; of its pixels, 0: not in one piece */
    int plain;                 /* every page is uncompressed and in one piece */
    char description[4096];
    double pixel_x, pixel_y;   /* in units of the description; 0: not recorded */
    unsigned char *band;       /* rows band_first … of page band_page, unpacked */
    size_t band_bytes;
    uint64_t band_page;
    uint32_t band_first, band_rows, rows_per_band;
} tiff_file;

static int probe(const unsigned char *head, size_t n)
{
    static const char *const magic[] = {"II*", "II+", "MM\0*", "MM\0+"};

    return n >= 8 && ((memcmp(head, magic[0], 3) == 0 && head[3] == 0) ||
                      (memcmp(head, magic[1], 3) == 0 && head[3] == 0) ||
                      memcmp(head, magic[2], 4) == 0 || memcmp(head, magic[3], 4) == 0);
}

/* ---- the pages ---- */

typedef struct {
    uint32_t width, height;
    uint16_t bits, samples, kind, compression;
} page_header;

static page_header header_of(TIFF *tiff)
{
    page_header h = {.samples = 1, .bits = 1, .kind = SAMPLEFORMAT_UINT};

    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &h.width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &h.height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &h.bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &h.samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &h.kind);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &h.compression);
    if (h.kind == SAMPLEFORMAT_VOID)
        h.kind = SAMPLEFORMAT_UINT;
    return h;
}

static uint64_t page_bytes(const tiff_file *t)
{
    return (uint64_t)t->width * t->height * (t->bits / 8);
}

/* Where the pixels of the page begin when they lie in one piece, 0 otherwise. */
static uint64_t piece_at(const tiff_file *t, const page_header *h)
{
    uint32_t strips = TIFFIsTiled(t->tiff) ? 0 : TIFFNumberOfStrips(t->tiff);
    uint64_t start = strips ? TIFFGetStrileOffset(t->tiff, 0) : 0, at = start;

    uint16_t fill = FILLORDER_MSB2LSB;
    TIFFGetFieldDefaulted(t->tiff, TIFFTAG_FILLORDER, &fill);
    if (h->compression != COMPRESSION_NONE || fill != FILLORDER_MSB2LSB)
        return 0;
    for (uint32_t s = 0; s < strips; s++) {
        if (TIFFGetStrileOffset(t->tiff, s) != at)
            return 0;
        at += TIFFGetStrileByteCount(t->tiff, s);
    }
    return at - start >= page_bytes(t) ? start : 0;
}

/* Rows in a strip or a row of tiles of the page; another may have others. */
static int check_band(tiff_file *t, const char *path)
{
    uint32_t rows = t->height;

    if (TIFFIsTiled(t->tiff))
        TIFFGetField(t->tiff, TIFFTAG_TILELENGTH, &rows);
    else
        TIFFGetFieldDefaulted(t->tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    t->rows_per_band = rows < 1 ? 1 : rows > t->height ? t->height : rows;
    uint64_t row = (uint64_t)t->width * (t->bits / 8);
    return t->rows_per_band * row <= BAND_BYTES_MAX
               ? EEL_OK
               : eel_fail(EEL_ELIMIT, "%s: strips of %ju bytes, at most %ju", path,
                          (uintmax_t)(t->rows_per_band * row), (uintmax_t)BAND_BYTES_MAX);
}

static int first_page(tiff_file *t, const char *path)
{
    page_header h = header_of(t->tiff);
    char *text = NULL;
    float x = 0, y = 0;

    if (h.width < 1 || h.height < 1 || h.width > SIDE_MAX || h.height > SIDE_MAX)
        return eel_fail(EEL_ELIMIT, "%s: pages of %u x %u pixels, expected 1 to %u", path, h.height,
                        h.width, SIDE_MAX);
    t->width = h.width;
    t->height = h.height;
    t->bits = h.bits;
    t->kind = h.kind;
    t->plain = 1;
    if (h.samples != 1)
        return eel_fail(EEL_EFORMAT, "%s: a picture with %u colours, expected a stack of grey pages",
                        path, h.samples);
    if (TIFFGetField(t->tiff, TIFFTAG_IMAGEDESCRIPTION, &text) && text)
        snprintf(t->description, sizeof t->description, "%s", text);
    if (TIFFGetField(t->tiff, TIFFTAG_XRESOLUTION, &x) && x > 0)
        t->pixel_x = 1 / (double)x;
    if (TIFFGetField(t->tiff, TIFFTAG_YRESOLUTION, &y) && y > 0)
        t->pixel_y = 1 / (double)y;
    return check_band(t, path);
}

static int add_page(tiff_file *t, const char *path, uint64_t *room)
{
    page_header h = header_of(t->tiff);

    if (h.width != t->width || h.height != t->height || h.bits != t->bits || h.kind != t->kind ||
        h.samples != 1)
        return eel_fail(EEL_EFORMAT, "%s: page %ju is %u x %u of %u bits, the first %u x %u of %u",
                        path, (uintmax_t)t->pages, h.height, h.width, h.bits, t->height, t->width,
                        t->bits);
    if (t->pages == PAGES_MAX)
        return eel_fail(EEL_ELIMIT, "%s: more than %u pages", path, PAGES_MAX);
    if (t->pages == *room) {
        *room = *room ? 2 * *room : 256;
        uint64_t *more = realloc(t->page_at, 2 * *room * sizeof *more);
        if (!more)
            return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
        t->page_at = more;
    }
    uint64_t piece = piece_at(t, &h);
    t->plain &= piece > 0;
    t->page_at[2 * t->pages] = TIFFCurrentDirOffset(t->tiff);
    t->page_at[2 * t->pages + 1] = piece;
    t->pages++;
    return EEL_OK;
}

static uint64_t described(const tiff_file *t, const char *key)
{
    const char *at = strstr(t->description, key);
    return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static int is_imagej(const tiff_file *t)
{
    return strncmp(t->description, "ImageJ=", 7) == 0;
}

/* ImageJ's stack in one piece: its pages become known here. */
static int spread_pages(tiff_file *t, const char *path)
{
    uint64_t images = is_imagej(t) ? described(t, "\nimages=") : 0, *pages;

    if (t->pages != 1 || images < 2 || !t->plain)
        return EEL_OK;
    if (images > PAGES_MAX)
        return eel_fail(EEL_ELIMIT, "%s: %ju pages, at most %u", path, (uintmax_t)images, PAGES_MAX);
    pages = realloc(t->page_at, 2 * images * sizeof *pages);
    if (!pages)
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    for (uint64_t p = 1; p < images; p++)
        pages[2 * p + 1] = pages[1] + p * page_bytes(t);
    t->page_at = pages;
    t->pages = images;
    return EEL_OK;
}

/* Pages that lie beyond the end are known now and not in the middle of a run. */
static int check_length(const tiff_file *t, const char *path)
{
    struct stat stat;

    if (fstat(t->raw->fd, &stat) != 0)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    for (uint64_t p = 0; t->plain && p < t->pages; p++) {
        uint64_t at = t->page_at[2 * p + 1], size = (uint64_t)stat.st_size;
        if (at > size || page_bytes(t) > size - at)
            return eel_fail(EEL_EFORMAT, "%s: truncated TIFF file: page %ju of %ju is not all there",
                            path, (uintmax_t)p, (uintmax_t)t->pages);
    }
    return EEL_OK;
}

static int list_pages(tiff_file *t, const char *path)
{
    uint64_t room = 0;
    int code = first_page(t, path);

    while (code == EEL_OK) {
        code = add_page(t, path, &room);
        if (code != EEL_OK || TIFFLastDirectory(t->tiff))
            break;
        if (!TIFFReadDirectory(t->tiff))
            code = eel_fail(EEL_EFORMAT, "%s: truncated or damaged TIFF file: nothing can be read after "
                            "page %ju", path, (uintmax_t)t->pages - 1);
    }
    if (code == EEL_OK)
        code = spread_pages(t, path);
    return code == EEL_OK ? check_length(t, path) : code;
}

/* ---- values ---- */

/* Room for the largest band so far. */
static int make_band(tiff_file *t, size_t bytes)
{
    if (bytes <= t->band_bytes)
        return EEL_OK;
    eel_free(t->band);
    t->band = eel_alloc(bytes, 1);
    t->band_bytes = t->band ? bytes : 0;
    return t->band ? EEL_OK : EEL_ENOMEM;
}

/* Unpacks the strip or row of tiles that holds `row` of a page. */
static int load_band(tiff_file *t, uint64_t page, uint32_t row)
{
    size_t size = t->bits / 8, row_bytes = (size_t)t->width * size;
    uint32_t tile_width = 0;
    int ok = TIFFSetSubDirectory(t->tiff, t->page_at[2 * page]);

    t->band_rows = 0;
    int code = ok ? check_band(t, t->raw->path) : EEL_OK;
    if (code == EEL_OK)
        code = make_band(t, t->rows_per_band * row_bytes);
    if (code != EEL_OK)
        return code;
    uint32_t first = row / t->rows_per_band * t->rows_per_band;
    t->band_rows = t->height - first < t->rows_per_band ? t->height - first : t->rows_per_band;
    if (ok && !TIFFIsTiled(t->tiff)) {
        tmsize_t wanted = (tmsize_t)(t->band_rows * row_bytes);
        uint32_t strip = TIFFComputeStrip(t->tiff, row, 0);
        ok = TIFFReadEncodedStrip(t->tiff, strip, t->band, wanted) == wanted;
    } else if (ok) {
        tmsize_t bytes = TIFFTileSize(t->tiff);
        ok = TIFFGetField(t->tiff, TIFFTAG_TILEWIDTH, &tile_width) && tile_width > 0 &&
             bytes > 0 && (uint64_t)bytes <= BAND_BYTES_MAX &&
             (uint64_t)bytes >= (uint64_t)tile_width * t->rows_per_band * size;
        unsigned char *tile = ok ? malloc((size_t)bytes) : NULL;
        ok = tile != NULL;
        for (uint32_t x = 0; ok && x < t->width; x += tile_width) {
            uint32_t n = t->width - x < tile_width ? t->width - x : tile_width;
            ok = TIFFReadTile(t->tiff, tile, x, first, 0, 0) == bytes;
            for (uint32_t r = 0; ok && r < t->band_rows; r++)
                memcpy(t->band + r * row_bytes + x * size, tile + (size_t)r * tile_width * size,
                       n * size);
        }
        free(tile);
    }
    t->band_page = page;
    t->band_first = first;
    if (!ok)
        t->band_rows = 0;
    return ok ? EEL_OK : eel_fail(EEL_EFORMAT, "%s: page %ju cannot be unpacked", t->raw->path,
                                  (uintmax_t)page);
}

/* For eel_planes: the pages as one array. */
static int fetch(void *source, void *out, size_t n, uint64_t offset)
{
    tiff_file *t = source;
    uint64_t row_bytes = (uint64_t)t->width * (t->bits / 8), bytes = page_bytes(t);
    unsigned char *to = out;

    while (n > 0) {
        uint64_t page = offset / bytes, at = offset % bytes;
        size_t part = bytes - at < n ? (size_t)(bytes - at) : n;
        if (t->plain) {
            int code = eel_read_at(t->raw->fd, t->raw->path, to, part,
                                   t->page_at[2 * page + 1] + at);
            if (code != EEL_OK)
                return code;
        } else {
            uint32_t row = (uint32_t)(at / row_bytes);
            if (page != t->band_page || row < t->band_first ||
                row >= t->band_first + t->band_rows) {
                int code = load_band(t, page, row);
                if (code != EEL_OK)
                    return code;
            }
            uint64_t skip = at - t->band_first * row_bytes;
            if (part > t->band_rows * row_bytes - skip)
                part = (size_t)(t->band_rows * row_bytes - skip);
            memcpy(to, t->band + skip, part);
        }
        to += part;
        offset += part;
        n -= part;
    }
    return EEL_OK;
}

/* ---- what they are ---- */

static void read_type(eel_candidate *c, const tiff_file *t)
{
    static const eel_image_type types[3][4] = {
        {EEL_IMAGE_U8, EEL_IMAGE_U16, EEL_IMAGE_U32, EEL_IMAGE_U64},
        {EEL_IMAGE_I8, EEL_IMAGE_I16, EEL_IMAGE_I32, EEL_IMAGE_I64},
        {EEL_IMAGE_TYPES, EEL_IMAGE_TYPES, EEL_IMAGE_F32, EEL_IMAGE_F64},
    };
    int kind = t->kind == SAMPLEFORMAT_UINT ? 0 : t->kind == SAMPLEFORMAT_INT ? 1
             : t->kind == SAMPLEFORMAT_IEEEFP ? 2 : -1;
    int size = t->bits == 8 ? 0 : t->bits == 16 ? 1 : t->bits == 32 ? 2 : t->bits == 64 ? 3 : -1;

    if (kind >= 0 && size >= 0 && types[kind][size] != EEL_IMAGE_TYPES)
        c->type = types[kind][size];
    else
        eel_candidate_refuse(c, "its values have %u bits of kind %u, expected whole numbers of 8 to "
                             "64 bits or floats of 32 or 64", t->bits, t->kind);
}

/* The whole shape from a JSON description, if it fits. */
static int shape_from_json(eel_candidate *c, const tiff_file *t)
{
    json_t *json = *t->description == '{' ? json_loads(t->description, 0, NULL) : NULL;
    json_t *shape = json_object_get(json, "shape"), *item;
    uint64_t values = 1;
    size_t i;
    int fits = json_array_size(shape) >= 1 && json_array_size(shape) <= EEL_DIMS_MAX;

    json_array_foreach(shape, i, item) {
        json_int_t size = json_integer_value(item);
        fits = fits && size > 0 && !__builtin_mul_overflow(values, (uint64_t)size, &values);
        if (fits)
            c->size[i] = (uint64_t)size;
    }
    fits = fits && values == t->pages * t->width * t->height;
    c->dims = fits ? (int)json_array_size(shape) : 0;
    json_decref(json);
    return fits;
}

static void read_shape(eel_candidate *c, const tiff_file *t)
{
    static const char *const stacks[] = {"\nframes=", "\nslices=", "\nchannels="};
    uint64_t pages = 1;

    if (shape_from_json(c, t))
        return;
    for (int i = 0; i < 3 && is_imagej(t); i++) {
        uint64_t n = described(t, stacks[i]);
        if (n > 1 && n <= t->pages) {
            c->size[c->dims++] = n;
            pages *= n;
        }
    }
    if (pages != t->pages) {
        c->dims = 0;
        if (t->pages > 1)
            c->size[c->dims++] = t->pages;
    }
    c->size[c->dims++] = t->height;
    c->size[c->dims++] = t->width;
}

/* ImageJ's pixel size and the place of the first pixel for axes x and y. */
static void read_pixel_size(const tiff_file *t, const eel_candidate *c, eel_image_info *info,
                            const int axis_of[EEL_NAV_MAX])
{
    const char *unit = is_imagej(t) ? strstr(t->description, "\nunit=") : NULL;

    for (int k = 0; unit && k < info->nav_count; k++) {
        double size = axis_of[k] == c->dims - 1 ? t->pixel_x
                    : axis_of[k] == c->dims - 2 ? t->pixel_y : 0;
        if (!(size > 0) || !isfinite(size))
            continue;
        const char *key = axis_of[k] == c->dims - 1 ? "\nxorigin=" : "\nyorigin=";
        const char *origin = strstr(t->description, key);
        double before = origin ? strtod(origin + strlen(key), NULL) : 0;
        info->nav[k].scale = size;
        info->nav[k].offset = isfinite(before) && before != 0 ? -before * size : 0;
        eel_text_copy(info->nav[k].units, sizeof info->nav[k].units, unit + 6,
                      strcspn(unit + 6, "\n"));
        if (strcmp(info->nav[k].units, "micron") == 0 ||
            strcmp(info->nav[k].units, "\\u00B5m") == 0)
            strcpy(info->nav[k].units, "µm");
    }
}

static int describe(tiff_file *t, eel_image_info *info, const eel_stated *stated)
{
    const char *path = t->raw->path, *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    eel_candidate c;
    int axis_of[EEL_NAV_MAX];

    eel_candidate_init(&c, stated);
    eel_text_copy(c.name, sizeof c.name, name, strlen(name));
    read_type(&c, t);
    read_shape(&c, t);
    int code = eel_raw_axes(&c, path, -1);
    t->raw->planes.fetch = fetch;
    t->raw->planes.source = t;
    if (code == EEL_OK)
        code = eel_raw_array(t->raw, info, &c, 0, UINT64_MAX, t->plain && TIFFIsByteSwapped(t->tiff),
                             axis_of);
    if (code == EEL_OK)
        read_pixel_size(t, &c, info, axis_of);
    return code;
}

static void close_file(void *state)
{
    tiff_file *t = state;
    if (!t)
        return;
    if (t->tiff)
        TIFFClose(t->tiff);
    eel_raw_close(t->raw);
    eel_free(t->band);
    free(t->page_at);
    free(t);
}

static int open_file(void **state, eel_image_info *info, const char *path, const eel_stated *stated)
{
    tiff_file *t = calloc(1, sizeof *t);
    int code = t ? eel_raw_open(&t->raw, path) : eel_fail(EEL_ENOMEM, "%s: out of memory", path);

    if (code == EEL_OK) {
        TIFFSetWarningHandler(NULL);
        TIFFSetErrorHandler(NULL);
        t->tiff = TIFFOpen(path, "rm"); /* not mapped: a file that is cut short must not kill us */
        code = t->tiff ? list_pages(t, path)
                       : eel_fail(EEL_EFORMAT, "%s: truncated or damaged TIFF file", path);
    }
    if (code == EEL_OK)
        code = describe(t, info, stated);
    if (code == EEL_OK)
        *state = t;
    else
        close_file(t);
    return code;
}

static int read_rows(void *state, uint64_t first, uint32_t rows, void *spectra)
{
    tiff_file *t = state;
    return eel_raw_read(t->raw, first, rows, spectra);
}

const eel_format eel_format_tiff = {
    .about = {"tiff", ".tif .tiff", "stack of pages, with --axes and --axis"}, .nameless = 1,
    .probe = probe, .open = open_file, .read = read_rows, .close = close_file,
};
