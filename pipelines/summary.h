/*
 * summary - what a run found, printed for people from the report.json that the writer left.
 */
#ifndef EEL_PIPELINES_SUMMARY_H
#define EEL_PIPELINES_SUMMARY_H

#define EEL_REPORT_NAME "report.json"

/* Prints a table of the found elements on stdout, or with `json` the report itself. */
int eel_summary_print(const char *folder, int json);

#endif
