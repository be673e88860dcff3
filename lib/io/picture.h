/*
 * picture - a picture in memory to draw on, saved as PNG.
 *
 *     eel_picture *picture;
 *     eel_picture_new(&picture, 800, 600);
 *     eel_picture_line(picture, 10, 10, 200, 10, 2, EEL_INK);
 *     eel_picture_text(picture, 10, 40, &(eel_text){.size = 16, .colour = EEL_INK}, "Ti %d", 22);
 *     eel_picture_save(picture, "ti.png");
 *     eel_picture_free(picture);
 *
 * Lengths are in pixels, (0, 0) is the upper left corner, y grows downwards. Drawing never fails;
 * what goes wrong (no memory) shows when saving.
 */
#ifndef EEL_IO_PICTURE_H
#define EEL_IO_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#define EEL_PICTURE_SIZE_MAX 16384 /* pixels, each way */

typedef uint32_t eel_colour; /* 0xRRGGBB */
enum { /* one palette for every picture of the project */
    EEL_WHITE = 0xffffff,
    EEL_INK = 0x1f2933,    /* text, frames */
    EEL_GREY = 0x66717e,   /* secondary text */
    EEL_FAINT = 0xe3e7eb,  /* grids */
    EEL_ABSENT_COLOUR = 0xc4c9cf, /* pixels without a value: no colour of the colour map */
    EEL_PALE = 0xd5e3f3,   /* areas under blue curves */
    EEL_BLUE = 0x1f5fa8,   /* curves, in this order */
    EEL_ORANGE = 0xc2520c,
    EEL_GREEN = 0x2a7f4f,
    EEL_PURPLE = 0x7b3f98,
    EEL_PINK = 0xd6639b,   /* and where there are more than four */
    EEL_TEAL = 0x1799a3,
    EEL_GOLD = 0xb58900,
    EEL_BROWN = 0x6b4a2b,
};

typedef enum { EEL_LEFT, EEL_CENTRE, EEL_RIGHT } eel_align;

typedef struct {
    double size; /* of the font, pixels */
    eel_colour colour;
    eel_align align;
    int bold;
    int upwards; /* turned to be read from below to above */
} eel_text;

typedef struct eel_picture eel_picture;

/* A white picture. EEL_ELIMIT, EEL_ENOMEM. */
int eel_picture_new(eel_picture **picture, int width, int height);
void eel_picture_free(eel_picture *picture); /* NULL is fine */

/* Writes PNG under a temporary name and renames. */
int eel_picture_save(eel_picture *picture, const char *path);

/* The same PNG in memory; `bytes` is malloc'ed. EEL_ENOMEM. */
int eel_picture_png(eel_picture *picture, unsigned char **bytes, size_t *size);

void eel_picture_rect(eel_picture *picture, double x, double y, double w, double h,
                      eel_colour colour);
void eel_picture_frame(eel_picture *picture, double x, double y, double w, double h, double width,
                       eel_colour colour);
void eel_picture_line(eel_picture *picture, double x0, double y0, double x1, double y1,
                      double width, eel_colour colour);
void eel_picture_dot(eel_picture *picture, double x, double y, double radius, eel_colour colour);

/* A line through n points; NAN leaves a gap. */
void eel_picture_curve(eel_picture *picture, const double *x, const double *y, int n, double width,
                       eel_colour colour);

/* The area between such a line and the height `base`. */
void eel_picture_fill(eel_picture *picture, const double *x, const double *y, int n, double base,
                      eel_colour colour);

/* The whole picture from colours (height, width). */
void eel_picture_pixels(eel_picture *picture, int width, int height, const eel_colour *colours);

/* Drawing shows only within this rectangle, until unclip. */
void eel_picture_clip(eel_picture *picture, double x, double y, double w, double h);
void eel_picture_unclip(eel_picture *picture);

/* (x, y) is on the base line, at the left, centre or right of the text as `align` says. */
void eel_picture_text(eel_picture *picture, double x, double y, const eel_text *text,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));
double eel_picture_text_width(eel_picture *picture, const eel_text *text, const char *words);

/* Colour of a value between 0 and 1: dark violet over blue and green to light yellow, in equal
 * steps of lightness (OKLab, Ottosson 2020), so that it reads in grey and for the colour-blind. */
eel_colour eel_colour_of(double value);

/* values (rows, columns) at another size, out (h, w): enlarged pixels keep their edges, reduced ones
 * are averaged, NAN aside. */
void eel_picture_resample(float *out, int w, int h, const float *values, uint64_t rows,
                          uint64_t columns);

/* values (rows, columns) from `low` to `high` as a coloured map that fills the rectangle: enlarged
 * pixels keep their edges, reduced ones are averaged. NAN is EEL_ABSENT_COLOUR. */
void eel_picture_map(eel_picture *picture, int x, int y, int w, int h, const float *values,
                     uint64_t rows, uint64_t columns, double low, double high);

#endif
