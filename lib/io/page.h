/*
 * page - what report.html has around its pictures: the style, and the result in tables. Private to
 * result_html.c.
 */
#ifndef EEL_IO_PAGE_H
#define EEL_IO_PAGE_H

#include <stdio.h>
#include "io/result.h"

void eel_page_begin(FILE *out, const eel_result *result);
void eel_page_elements(FILE *out, const eel_result *result); /* all of them, in numbers */
void eel_page_pixels(FILE *out, const eel_result *result);   /* what became of each */
void eel_page_making(FILE *out, const eel_result *result);   /* input, settings, network, rates */
void eel_page_end(FILE *out, const eel_result *result);

#endif
