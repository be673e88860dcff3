/*
 * report - report.html in parts (result_html.c joins them); each writes one section of the page.
 */
#ifndef EEL_IO_REPORT_H
#define EEL_IO_REPORT_H

#include "io/layers.h"
#include "io/regions.h"
#include "io/result.h"

#include <stdio.h>

#define REPORT_FOUND_COLOUR "#3b7dd8"

typedef struct {
    FILE *out;
    eel_result *result;
    eel_layers *layers;
    eel_regions *regions;                 /* NULL without the file */
    eel_region list[EEL_REGIONS_MAX];     /* the same regions, always */
    uint32_t count;
} report_page;

void report_percent(FILE *out, double share);
const char *report_name(const report_page *p, uint32_t i); /* of the found element i */

int report_maps(const report_page *p);    /* nothing where there is nothing to show */
int report_profile(const report_page *p); /* along a line scan: the probabilities as curves */
int report_spectra(const report_page *p); /* means of the regions, or of the whole image */
int report_edges(const report_page *p);   /* each element at its edge, where it is and where it is not */

#endif
