/*
 * trial - do something in a child process first, because it may crash or never end.
 *
 * libhdf5 believes what a file says of itself: damaged metadata can make it run into foreign
 * memory or in circles. What a child has come through is then done in this process as well. Other threads may run meanwhile
 * (`writer` draws): work must need no lock that one of them may hold; those of malloc and stdio are free in the child with glibc.
 */
#ifndef EEL_BASE_TRIAL_H
#define EEL_BASE_TRIAL_H

#define EEL_TRIAL_CPU_S  5  /* of processor time; opening a file takes some milliseconds */
#define EEL_TRIAL_WALL_S 60 /* of any time: a slow disk may take its own */

/* Calls work(context) in a child that says nothing; 1 when it came to an end (or no child could
 * be made), 0 when it crashed or took too long. What it changes in memory is lost. */
int eel_trial(void (*work)(void *context), void *context);

#endif
