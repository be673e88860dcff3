/*
 * threshold_search - the lowest height at which something is recognised, for many cases at once.
 *
 * A network answers a batch as fast as a few rows, so the cases are searched side by side: each
 * question asks every case at a height of its own. Bisection on the logarithm of the height.
 */
#ifndef EEL_STAGES_THRESHOLD_SEARCH_H
#define EEL_STAGES_THRESHOLD_SEARCH_H

#define EEL_SEARCH_MAX 64 /* cases at once */

/* seen[i] = 1 when case i is recognised at heights[i]. */
typedef void eel_search_ask(void *context, const double *heights, int *seen, int n);

/* lowest[i]: a height between `low` and `high` at which case i is recognised, and below which by
 * the factor `ratio` it is not; `high` itself is tried first. INFINITY when it is not recognised
 * there, `low` when it is already recognised at `low`. n <= EEL_SEARCH_MAX. */
void eel_search_lowest(double *lowest, int n, double low, double high, double ratio,
                       eel_search_ask *ask, void *context);

#endif
