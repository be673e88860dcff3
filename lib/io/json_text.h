/*
 * json_text - texts from outside for JSON: names of files may be of any bytes, JSON is UTF-8.
 */
#ifndef EEL_IO_JSON_TEXT_H
#define EEL_IO_JSON_TEXT_H

#include <jansson.h>

/* A string of one line; bytes that are no UTF-8 are taken as Latin-1. Cut after 2047 bytes. */
json_t *eel_json_text(const char *bytes);

/* An array of strings, which are UTF-8. */
json_t *eel_json_names(const char *const *names, int count);

/* The number below names that stand apart by slashes, written as a number or as a text; NAN when
 * there is none. */
double eel_json_number(const json_t *json, const char *path);

#endif
