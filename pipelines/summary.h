/*
 * summary - what a run found, printed for people from the report.json that the writer left.
 */
#ifndef EEL_PIPELINES_SUMMARY_H
#define EEL_PIPELINES_SUMMARY_H

#include <jansson.h>

#define EEL_REPORT_NAME "report.json"

/* Is there FOLDER/NAME? */
int eel_folder_holds(const char *folder, const char *name);

/* The report.json of a folder, an object; json_decref is the caller's. EEL_EFORMAT. */
int eel_report_load(json_t **report, const char *folder);

/* Prints a table of the found elements on stdout, or with `json` the report itself. EEL_EFORMAT, with
 * how many and why, where pixels have no value. */
int eel_summary_print(const char *folder, int json);

/* One object for both: the report of the map, and as its "quantify" that of FOLDER/quantify, null unless
 * `quantified`. EEL_EFORMAT. */
int eel_summary_print_both(const char *folder, int quantified);
int eel_summary_check(const char *folder); /* as eel_summary_print, and prints nothing */

/* What the report of a map says of the energy axis, if anything. */
void eel_print_axis_hint(const json_t *report);

#endif
