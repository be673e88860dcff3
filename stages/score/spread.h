/*
 * spread - the numbers of a box plot: quartiles, whiskers, outliers (Tukey 1977, "Exploratory Data
 * Analysis"). Whiskers end at the last value within 1.5 boxes of the box; values beyond them are
 * outliers.
 */
#ifndef EEL_STAGES_SPREAD_H
#define EEL_STAGES_SPREAD_H

#include <stddef.h>

typedef struct {
    double mean, low_whisker, first_quartile, median, third_quartile, high_whisker;
    double lowest, highest;
    double outliers; /* share of the values */
} eel_spread;

/* Sorts `values`; n >= 1. Quartiles lie between values by linear interpolation. */
eel_spread eel_spread_of(float *values, size_t n);

#endif
