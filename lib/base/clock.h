/*
 * clock - seconds that never run backwards, for rates, deadlines and timings.
 */
#ifndef EEL_BASE_CLOCK_H
#define EEL_BASE_CLOCK_H

double eel_clock_s(void);     /* wall time since some fixed instant, seconds */
double eel_clock_cpu_s(void); /* processor time of this process, all threads, seconds */

#endif
