/*
 * boxes - a run of positions on a grid, taken apart into boxes.
 *
 * Pixels are numbered along the grid, the last axis fastest. HDF5 selects boxes, so a run of
 * pixels that begins and ends in the middle of a row is read or written in a few of them:
 *
 *     while (rows > 0) {
 *         uint64_t n = eel_box(sizes, axes, first, rows, start, count);
 *         … start[], count[] hold n positions …
 *         first += n, rows -= n;
 *     }
 */
#ifndef EEL_IO_BOXES_H
#define EEL_IO_BOXES_H

#include <stdint.h>

/* The largest box that begins at position `first` and follows the numbering for at most `rows`
 * positions; returns how many it holds, at least 1. rows >= 1, first inside the grid. */
uint64_t eel_box(const uint64_t *sizes, int axes, uint64_t first, uint64_t rows, uint64_t *start,
                 uint64_t *count);

#endif
