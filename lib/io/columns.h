/*
 * columns - one spectrum written as text: pairs of energy and value, put on a uniform axis.
 *
 * Energies that lie within a quarter of a channel of a straight line are taken as that line
 * (rounding in the file). Others, as digitised spectra have them, are brought into order, rows of
 * one energy are averaged, and the rest is interpolated linearly onto as many even steps; the title
 * then says "(rebinned)". A step of more than 2 eV that is longer than five times the median is a gap,
 * of which nothing is known: the even steps are then those of the other rows, and the channels inside
 * the gap are NAN. Energies that turn back by more than a fiftieth of their range are
 * several spectra or something else, and refused with the row where they do.
 */
#ifndef EEL_IO_COLUMNS_H
#define EEL_IO_COLUMNS_H

#include <stddef.h>
#include "io/format.h"

#define EEL_TEXT_BYTES_MAX (256u << 20) /* of one text file */

typedef struct {
    double *x, *y; /* owned; (n) */
    size_t n, room;
} eel_columns;

/* The whole file, ended by a zero byte; malloc'ed. */
int eel_columns_load(const char *path, char **text);

int eel_columns_add(eel_columns *columns, const char *path, double x, double y);

/* Decimal commas to points, in place: "285,5;1,2" and "285,5<tab>1,2". */
void eel_columns_points(char *line);

/* A number at *at and the blanks and one separator after it; 0 when there is none. */
int eel_columns_number(const char **at, double *value);

/* Makes x uniform: energies are *offset + i * *scale for i < n, which may be another n. Sets *rebinned when
 * y was interpolated. unit_ev: of x, in eV; 0 or less for eV. */
int eel_columns_straighten(eel_columns *columns, const char *path, double unit_ev, double *offset, double *scale,
                           int *rebinned);

/* `read` and `close` of a format whose state is an eel_columns: one row, y as float64. */
int eel_columns_read(void *columns, uint64_t first, uint32_t rows, void *spectra);
void eel_columns_close(void *columns);

#endif
