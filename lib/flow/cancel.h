/*
 * cancel - SIGTERM and SIGINT as something one can wait for. The first signal is noted and ends the
 * stage in good order; a second one ends the process at once, as if nobody watched. A signal that
 * is ignored stays ignored.
 */
#ifndef EEL_FLOW_CANCEL_H
#define EEL_FLOW_CANCEL_H

/* Starts to watch. Returns a descriptor that becomes readable with the first signal and stays so;
 * -1 if the system gives none. Calling it again gives the same descriptor. */
int eel_cancel_watch(void);

int eel_cancelled(void); /* the signal that came, or 0 */

/* A process with one flow after the other: the signal that came was about a flow that is over. The next
 * eel_cancel_watch watches anew. */
void eel_cancel_forget(void);

#endif
