/*
 * sorted - values in their order, for medians and the like.
 */
#ifndef EEL_BASE_SORTED_H
#define EEL_BASE_SORTED_H

#include <stddef.h>

/* Ascending; none is NAN. */
void eel_sort(double *values, size_t n);

/* Sorts them, one at least; of an even number the upper middle. */
double eel_median(double *values, size_t n);

#endif
