/*
 * amounts_pictures - what maps and plots of atomic per cent share; private to amounts_….c.
 */
#ifndef EEL_IO_AMOUNTS_PICTURES_H
#define EEL_IO_AMOUNTS_PICTURES_H

#include "io/amounts.h"
#include "io/picture.h"

#include <stddef.h>

/* Atomic per cent of picture `p` as it is drawn, shown (rows, columns): 0 where the element was not found, NAN where
 * there is no number for another reason. */
int eel_amounts_shown(eel_amounts *amounts, int element, uint64_t p, float *shown);

/* "3 of 42 pixels": what the number of an element rests on, where these are fewer than half of all; else nothing, and
 * 0. */
int eel_amounts_few(const eel_amounts *amounts, int element, char *words, size_t size);

/* "Ti  33.1 ± 1.2 at.%"; returns where it ends. */
double eel_amounts_title(eel_picture *picture, const eel_amounts_element *e, double x, double y, double size);

/* Along a line scan, or of a single spectrum: of one element, or of all when `only` is -1. */
int eel_amounts_draw_plot(eel_amounts *amounts, int only, const char *path);

#endif
