#include "io/picture.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/replace.h"
#include "io/format.h"

#include <cairo.h>
#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct eel_picture {
    cairo_surface_t *surface;
    cairo_t *cairo;
};

int eel_picture_new(eel_picture **result, int width, int height)
{
    eel_picture *picture;

    if (width < 1 || height < 1 || width > EEL_PICTURE_SIZE_MAX || height > EEL_PICTURE_SIZE_MAX)
        return eel_fail(EEL_ELIMIT, "a picture of %d x %d pixels, at most %d each way", width,
                        height, EEL_PICTURE_SIZE_MAX);
    picture = calloc(1, sizeof *picture);
    if (!picture)
        return eel_fail(EEL_ENOMEM, "no memory for a picture");
    picture->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    picture->cairo = cairo_create(picture->surface);
    if (cairo_status(picture->cairo) != CAIRO_STATUS_SUCCESS) {
        eel_picture_free(picture);
        return eel_fail(EEL_ENOMEM, "no memory for a picture of %d x %d pixels", width, height);
    }
    eel_picture_rect(picture, 0, 0, width, height, EEL_WHITE);
    *result = picture;
    return EEL_OK;
}

void eel_picture_free(eel_picture *picture)
{
    if (!picture)
        return;
    cairo_destroy(picture->cairo);
    cairo_surface_destroy(picture->surface);
    free(picture);
}

/* ---- PNG ---- */

typedef struct {
    unsigned char *bytes;
    size_t size, room;
} byte_list;

static void append_bytes(png_structp png, png_bytep bytes, size_t size)
{
    byte_list *list = png_get_io_ptr(png);

    if (list->room - list->size < size) {
        size_t room = 2 * list->room + size;
        unsigned char *more = realloc(list->bytes, room);
        if (!more)
            png_error(png, "no memory");
        list->bytes = more;
        list->room = room;
    }
    memcpy(list->bytes + list->size, bytes, size);
    list->size += size;
}

static void come_back(png_structp png, png_const_charp why)
{
    (void)why; /* there is no memory: nothing else can be wrong with a picture */
    png_longjmp(png, 1);
}

static void write_rows(eel_picture *picture, png_structp png, png_bytep row)
{
    int width = cairo_image_surface_get_width(picture->surface);
    int height = cairo_image_surface_get_height(picture->surface);
    const unsigned char *pixels = cairo_image_surface_get_data(picture->surface);

    for (int y = 0; y < height; y++) {
        const uint32_t *from = (const uint32_t *)(pixels + (size_t)y * cairo_image_surface_get_stride(picture->surface));
        for (int x = 0; x < width; x++) {
            row[3 * x] = from[x] >> 16 & 255;
            row[3 * x + 1] = from[x] >> 8 & 255;
            row[3 * x + 2] = from[x] & 255;
        }
        png_write_row(png, row);
    }
}

/* A row is told as what differs from the row above: files as small as with cairo's own writer, which lets libpng
 * try every filter for every row, and
 * faster. 0 when it failed. */
static int encode(eel_picture *picture, png_structp png, png_infop info, png_bytep row, byte_list *list)
{
    if (setjmp(png_jmpbuf(png)))
        return 0;
    png_set_write_fn(png, list, append_bytes, NULL);
    png_set_IHDR(png, info, (png_uint_32)cairo_image_surface_get_width(picture->surface),
                 (png_uint_32)cairo_image_surface_get_height(picture->surface), 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
    png_set_compression_level(png, 6);
    png_write_info(png, info);
    write_rows(picture, png, row);
    png_write_end(png, info);
    return 1;
}

int eel_picture_png(eel_picture *picture, unsigned char **bytes, size_t *size)
{
    byte_list list = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, come_back, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    png_bytep row = eel_alloc((size_t)cairo_image_surface_get_width(picture->surface), 3);

    cairo_surface_flush(picture->surface);
    int drawn = cairo_status(picture->cairo) == CAIRO_STATUS_SUCCESS;
    int code = info && row && drawn && encode(picture, png, info, row, &list)
                   ? EEL_OK
                   : eel_fail(EEL_ENOMEM, "no memory for a picture");
    png_destroy_write_struct(&png, &info);
    eel_free(row);
    if (code != EEL_OK)
        free(list.bytes);
    *bytes = code == EEL_OK ? list.bytes : NULL;
    *size = list.size;
    return code;
}

int eel_picture_save(eel_picture *picture, const char *path)
{
    unsigned char *bytes;
    size_t size;
    int code = eel_picture_png(picture, &bytes, &size);

    if (code == EEL_OK) {
        code = eel_replace_bytes(path, bytes, size);
        free(bytes);
    }
    return code;
}

/* ---- shapes ---- */

static void set_colour(eel_picture *picture, eel_colour colour)
{
    cairo_set_source_rgb(picture->cairo, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                         (colour & 255) / 255.0);
}

void eel_picture_rect(eel_picture *picture, double x, double y, double w, double h,
                      eel_colour colour)
{
    set_colour(picture, colour);
    cairo_rectangle(picture->cairo, x, y, w, h);
    cairo_fill(picture->cairo);
}

static void stroke(eel_picture *picture, double width, eel_colour colour)
{
    set_colour(picture, colour);
    cairo_set_line_width(picture->cairo, width);
    cairo_set_line_join(picture->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(picture->cairo);
}

void eel_picture_frame(eel_picture *picture, double x, double y, double w, double h, double width,
                       eel_colour colour)
{
    cairo_rectangle(picture->cairo, x, y, w, h);
    stroke(picture, width, colour);
}

void eel_picture_line(eel_picture *picture, double x0, double y0, double x1, double y1,
                      double width, eel_colour colour)
{
    cairo_move_to(picture->cairo, x0, y0);
    cairo_line_to(picture->cairo, x1, y1);
    stroke(picture, width, colour);
}

void eel_picture_dot(eel_picture *picture, double x, double y, double radius, eel_colour colour)
{
    set_colour(picture, colour);
    cairo_arc(picture->cairo, x, y, radius, 0, 2 * M_PI);
    cairo_fill(picture->cairo);
}

void eel_picture_curve(eel_picture *picture, const double *x, const double *y, int n, double width,
                       eel_colour colour)
{
    int drawing = 0;

    for (int i = 0; i < n; i++) {
        if (isnan(x[i]) || isnan(y[i]))
            drawing = 0;
        else if (drawing)
            cairo_line_to(picture->cairo, x[i], y[i]);
        else
            cairo_move_to(picture->cairo, x[i], y[i]), drawing = 1;
    }
    stroke(picture, width, colour);
}

void eel_picture_fill(eel_picture *picture, const double *x, const double *y, int n, double base,
                      eel_colour colour)
{
    int last = -1;

    set_colour(picture, colour);
    for (int i = 0; i <= n; i++) {
        int here = i < n && !isnan(x[i]) && !isnan(y[i]);
        if (here && last < 0)
            cairo_move_to(picture->cairo, x[i], base);
        if (here)
            cairo_line_to(picture->cairo, x[i], y[i]);
        else if (last >= 0)
            cairo_line_to(picture->cairo, x[last], base);
        last = here ? i : -1;
    }
    cairo_fill(picture->cairo);
}

void eel_picture_clip(eel_picture *picture, double x, double y, double w, double h)
{
    cairo_save(picture->cairo);
    cairo_rectangle(picture->cairo, x, y, w, h);
    cairo_clip(picture->cairo);
}

void eel_picture_unclip(eel_picture *picture)
{
    cairo_restore(picture->cairo);
}

/* ---- text ---- */

static void set_font(eel_picture *picture, const eel_text *text)
{
    cairo_select_font_face(picture->cairo, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           text->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(picture->cairo, text->size);
}

/* Titles come from files and may be cut or in another encoding, which cairo would not forgive. */
static void make_utf8(char *words)
{
    for (char *s = words; *s;) {
        int n = eel_utf8_sequence((unsigned char *)s, strnlen(s, 4));
        if (n == 0)
            *s = '?';
        s += n ? n : 1;
    }
}

double eel_picture_text_width(eel_picture *picture, const eel_text *text, const char *words)
{
    cairo_text_extents_t extents;

    set_font(picture, text);
    cairo_text_extents(picture->cairo, words, &extents);
    return extents.x_advance;
}

void eel_picture_text(eel_picture *picture, double x, double y, const eel_text *text,
                      const char *format, ...)
{
    char words[512];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    make_utf8(words);

    double shift = eel_picture_text_width(picture, text, words) * text->align / 2;
    cairo_save(picture->cairo);
    cairo_translate(picture->cairo, x, y);
    if (text->upwards)
        cairo_rotate(picture->cairo, -M_PI / 2);
    cairo_move_to(picture->cairo, -shift, 0);
    set_colour(picture, text->colour);
    cairo_show_text(picture->cairo, words);
    cairo_restore(picture->cairo);
}

/* ---- maps ---- */

static double to_srgb(double linear)
{
    return linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055;
}

/* OKLab to linear sRGB: Ottosson 2020, https://bottosson.github.io/posts/oklab/. Returns whether
 * a screen can show the colour. */
static int from_oklch(double rgb[3], double lightness, double chroma, double hue_degrees)
{
    double a = chroma * cos(hue_degrees * M_PI / 180), b = chroma * sin(hue_degrees * M_PI / 180);
    double l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    double m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    double s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);

    rgb[0] = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
    rgb[1] = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
    rgb[2] = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s;
    return fmin(fmin(rgb[0], rgb[1]), rgb[2]) >= 0 && fmax(fmax(rgb[0], rgb[1]), rgb[2]) <= 1;
}

eel_colour eel_colour_of(double value)
{
    double v = fmin(fmax(value, 0), 1), rgb[3], low = 0, high = 0.08 + 0.09 * v;
    eel_colour colour = 0;

    for (int i = 0; i < 12; i++) { /* the strongest chroma that a screen can show, up to `high` */
        double middle = (low + high) / 2;
        if (from_oklch(rgb, 0.20 + 0.74 * v, middle, 303 - 197 * v))
            low = middle;
        else
            high = middle;
    }
    from_oklch(rgb, 0.20 + 0.74 * v, low, 303 - 197 * v);
    for (int i = 0; i < 3; i++)
        colour = colour << 8 | (eel_colour)lround(255 * to_srgb(rgb[i]));
    return colour;
}

/* Mean of the values whose pixels lie under [from, to) of a line of pixels; area weights. */
typedef struct {
    uint64_t first, last;
    double head, tail; /* weights of the first and the last pixel */
} span;

static span span_of(int i, int n, uint64_t size)
{
    double from = (double)i * (double)size / n, to = (double)(i + 1) * (double)size / n;
    span s = {.first = (uint64_t)from, .last = (uint64_t)ceil(to - 1e-9) - 1};

    if (s.last >= size)
        s.last = size - 1;
    s.head = fmin(to, (double)s.first + 1) - from;
    s.tail = s.last > s.first ? to - (double)s.last : s.head;
    return s;
}

static double weight(const span *s, uint64_t i)
{
    return i == s->first ? s->head : i == s->last ? s->tail : 1;
}

static double area_mean(const float *values, uint64_t columns, const span *down, const span *across)
{
    double sum = 0, area = 0;

    for (uint64_t r = down->first; r <= down->last; r++) {
        for (uint64_t c = across->first; c <= across->last; c++) {
            double w = weight(down, r) * weight(across, c), v = values[r * columns + c];
            if (isnan(v))
                continue;
            sum += w * v;
            area += w;
        }
    }
    return area > 0 ? sum / area : NAN;
}

void eel_picture_resample(float *out, int w, int h, const float *values, uint64_t rows,
                          uint64_t columns)
{
    for (int i = 0; i < h; i++) {
        span down = span_of(i, h, rows);
        for (int j = 0; j < w; j++) {
            span across = span_of(j, w, columns);
            out[(size_t)i * (size_t)w + (size_t)j] = (float)area_mean(values, columns, &down,
                                                                      &across);
        }
    }
}

void eel_picture_pixels(eel_picture *picture, int width, int height, const eel_colour *colours)
{
    unsigned char *data = cairo_image_surface_get_data(picture->surface);
    int stride = cairo_image_surface_get_stride(picture->surface);

    cairo_surface_flush(picture->surface);
    for (int i = 0; data && i < height; i++)
        memcpy(data + (size_t)i * (size_t)stride, colours + (size_t)i * (size_t)width,
               (size_t)width * sizeof *colours);
    cairo_surface_mark_dirty(picture->surface);
}

void eel_picture_map(eel_picture *picture, int x, int y, int w, int h, const float *values,
                     uint64_t rows, uint64_t columns, double low, double high)
{
    cairo_surface_t *map = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
    unsigned char *data = cairo_image_surface_get_data(map);
    int stride = cairo_image_surface_get_stride(map);
    eel_colour colours[256];

    for (int i = 0; i < 256; i++)
        colours[i] = eel_colour_of(i / 255.0);
    for (int i = 0; data && i < h; i++) {
        uint32_t *line = (uint32_t *)(void *)(data + (size_t)i * (size_t)stride);
        span down = span_of(i, h, rows);
        for (int j = 0; j < w; j++) {
            span across = span_of(j, w, columns);
            double value = (area_mean(values, columns, &down, &across) - low) / (high - low);
            line[j] = isnan(value) ? EEL_ABSENT_COLOUR
                                   : colours[lround(255 * fmin(fmax(value, 0), 1))];
        }
    }
    cairo_surface_mark_dirty(map);
    cairo_set_source_surface(picture->cairo, map, x, y);
    cairo_rectangle(picture->cairo, x, y, w, h);
    cairo_fill(picture->cairo);
    cairo_surface_destroy(map);
}
