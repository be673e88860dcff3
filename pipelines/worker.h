/*
 * worker - `eelstream worker --run-dir DIR`: works for a run whose head is elsewhere.
 *
 * It may come before the run begins and leave at any time; it stays when the head is interrupted
 * and works for the one that goes on. It ends when the run does, with the run's exit status.
 */
#ifndef EEL_PIPELINES_WORKER_H
#define EEL_PIPELINES_WORKER_H

/* argv[0] is "worker". Returns the exit status. */
int eel_worker_main(int argc, char **argv);

#endif
