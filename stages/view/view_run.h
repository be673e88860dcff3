/*
 * view_run - brings a run into the view: frame by frame from the tap, or as a whole from its store.
 * Private to `view`.
 */
#ifndef EEL_STAGES_VIEW_RUN_H
#define EEL_STAGES_VIEW_RUN_H

#include "view/view_state.h"

/* Shows a frame of the tap, which stays valid until the next one. EEL_EFORMAT when it describes
 * nothing that can be shown. */
int view_run_show(view_state *v, const eel_tap_frame *frame);

/* Shows what a store holds. `folder` is the store, or the folder with results beside it. */
int view_run_load(view_state *v, const char *folder);

/* Measures the energy axis again, if that is due. */
void view_run_drift(view_state *v);

void view_run_clear(view_state *v);

#endif
