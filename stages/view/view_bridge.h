/*
 * view_bridge - the maps that the view shows, for clients of the Karabo bridge (proto/karabo.md). Private
 * to `view`.
 */
#ifndef EEL_STAGES_VIEW_BRIDGE_H
#define EEL_STAGES_VIEW_BRIDGE_H

#include "tap/bridge.h"
#include "view/view_state.h"

/* Answers those who wait, if there is something that they have not had. */
void view_bridge_turn(eel_bridge *bridge, const view_state *v);

#endif
