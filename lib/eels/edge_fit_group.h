/*
 * edge_fit_group - the least-squares fit of one background and the edges on it; private to
 * edge_fit.c.
 */
#ifndef EEL_EELS_EDGE_FIT_GROUP_H
#define EEL_EELS_EDGE_FIT_GROUP_H

#include "eels/edge_fit.h"

typedef struct {
    uint32_t channels;
    double *log_ev;   /* (channels) */
    double *model;    /* (channels) of the fit */
    double *power;    /* (channels) its background */
    uint8_t *use;     /* (channels) 1 where counts are fitted */
} eel_fit_work;

int eel_fit_work_new(eel_fit_work *work, const eel_axis *axis);
void eel_fit_work_energies(eel_fit_work *work, const eel_axis *axis); /* of as many channels, at other places */
void eel_fit_work_release(eel_fit_work *work);

typedef struct {
    const float *counts;
    int count;                                      /* of edges, by onset */
    const eel_shell_edge *edges[EEL_FIT_GROUP_MAX];
    const double *shapes[EEL_FIT_GROUP_MAX];        /* each (channels), counts per density */
    int window_from, window_to, end;                /* channels: the window, and where the fit ends */
} eel_fit_group;

/* Sets density, its error and the state of each edge (count); covariance (count, count) of the
 * densities. work->use says which channels are fitted. */
void eel_fit_group_solve(eel_fit_work *work, const eel_fit_group *group, eel_amount *amounts,
                         double *covariance);

#endif
