/*
 * report - what a training report shows: which element is taken for which, whether probabilities
 * mean what they say, and how the loss fell.
 */
#ifndef EEL_STAGES_REPORT_H
#define EEL_STAGES_REPORT_H

#include "score/metrics.h"

/* confusion.csv and .md (one row an element: right, missed, false, and how often each other element
 * was falsely there where it was missed) and reliability.png in `folder`. */
int eel_report_save(const eel_metrics *metrics, const char *folder);

/* curves.png in `folder` from what `eelstream train --curve` wrote: lines of spectra, loss, rate.
 * EEL_EFORMAT names the line that is none. */
int eel_report_curve(const char *csv_path, const char *folder);

#endif
