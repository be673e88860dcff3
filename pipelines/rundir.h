/*
 * rundir - a fresh folder for the sockets of one run, for this user only, and the run's number.
 *
 * It is made under $XDG_RUNTIME_DIR, or /tmp where that is missing or too long for the address of
 * a socket, and is gone after the close. A launcher that is killed outright leaves its folder; the
 * next one removes it.
 */
#ifndef EEL_PIPELINES_RUNDIR_H
#define EEL_PIPELINES_RUNDIR_H

#define EEL_RUNDIR_MAX 80 /* bytes of the path: a socket's address has 107 */

typedef struct {
    char path[EEL_RUNDIR_MAX];
    int lock;    /* held while the launcher lives */
    char id[33]; /* 32 random hex digits: links refuse whoever has others */
} eel_rundir;

int eel_rundir_open(eel_rundir *dir);

/* Removes the folder and what is in it. Fine for one that was zeroed and never opened. */
void eel_rundir_close(eel_rundir *dir);

#endif
