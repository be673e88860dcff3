/*
 * live - maps that grow while the beam scans, `eelstream live SOURCE ADDRESS -o OUTDIR`.
 *
 * One process listens to the source for as long as it runs (listener.h). For each scan that begins, live.flow is run
 * with that process as its first stage; the results are those of `map`, in OUTDIR/scan-0001 and so on
 * (scan_folders.h). A scan that an earlier process had begun and left in its spool goes on in its own folder.
 *
 * A scan that cannot be mapped is named, with what the stage said, and costs itself only: the next one is mapped, and
 * the exit status is 1 at the end.
 */
#ifndef EEL_PIPELINES_LIVE_H
#define EEL_PIPELINES_LIVE_H

/* argv[0] is "live". Returns the exit status. */
int eel_live_main(int argc, char **argv);

#endif
