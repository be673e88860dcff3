/*
 * slurm - `eelstream slurm INPUT -o OUTDIR --workers N`: a map made by a cluster.
 *
 * Writes two batch scripts into OUTDIR/slurm and submits them: the head of the run, one job, and
 * its workers, a job array. They meet in OUTDIR/run (meeting.h). Slurm may kill and requeue any of
 * them at any time: workers join again, and the head goes on from what is durable.
 */
#ifndef EEL_PIPELINES_SLURM_H
#define EEL_PIPELINES_SLURM_H

/* argv[0] is "slurm". Returns the exit status. */
int eel_slurm_main(int argc, char **argv);

#endif
