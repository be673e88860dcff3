/*
 * stated - what the user says of a file that does not say it itself (eel_image_options, as text),
 * taken apart.
 *
 *     axis    "400:0.5"      the energy axis starts at 400 eV, 0.5 eV per channel
 *             "keV"          the energies of the file are in this unit
 *     axes    "tyxE"         names of the dimensions as they are stored, slowest first; E is the
 *             "time,y,x,E"   energy
 *     select  "t=3,q=0"      one index of navigation axes, named or numbered from 0, the slowest
 */
#ifndef EEL_IO_STATED_H
#define EEL_IO_STATED_H

#include "io/image.h"

#define EEL_DIMS_MAX (EEL_NAV_MAX + 1)

typedef struct {
    const char *signal;          /* borrowed; NULL: the best */
    int has_axis;                /* start and step are stated */
    double start_ev, step_ev;
    double unit_ev;              /* of the file's energies; 0: not stated */
    int dims, energy;            /* of --axes; 0 dims: not stated */
    char name[EEL_DIMS_MAX][32]; /* slowest first */
} eel_stated;

/* EEL_EARGS: the words name the option. */
int eel_stated_parse(eel_stated *stated, const eel_image_options *options);

/* Axes held at one index. Pixels of what is left are numbered as in eel_image; `inner` of them at a
 * time are neighbours in the file. */
typedef struct {
    int axes;
    uint64_t size[EEL_NAV_MAX], at[EEL_NAV_MAX];
    int held[EEL_NAV_MAX];
    uint64_t inner;
} eel_selection;

/* "t=3" of the option: a navigation axis, by name or number, and a number. EEL_EARGS. */
int eel_stated_pair(int *axis, uint64_t *number, const eel_image_info *info, const char *option, const char *item,
                    size_t length);

/* Takes the axes that `select` names out of `info`. EEL_EARGS when one is not there. */
int eel_select(eel_selection *selection, eel_image_info *info, const char *select);

/* Where pixel `first` of the selection lies in the file; *run: how many follow it there. */
uint64_t eel_selection_at(const eel_selection *selection, uint64_t first, uint64_t *run);

#endif
