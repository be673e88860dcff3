#include "io/json_text.h"
#include "io/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *eel_json_text(const char *bytes)
{
    char clean[2048];

    eel_text_copy(clean, sizeof clean, bytes, strlen(bytes));
    return json_string(clean);
}

json_t *eel_json_names(const char *const *names, int count)
{
    json_t *array = json_array();

    for (int i = 0; i < count; i++)
        json_array_append_new(array, json_string(names[i]));
    return array;
}

double eel_json_number(const json_t *json, const char *path)
{
    char name[64], *end;

    while (*path) {
        size_t n = strcspn(path, "/");
        snprintf(name, sizeof name, "%.*s", (int)n, path);
        json = json_object_get(json, name);
        path += n + (path[n] == '/');
    }
    const char *text = json_string_value(json);
    double value = text ? strtod(text, &end) : json_number_value(json);
    return text ? (end > text ? value : NAN) : json_is_number(json) ? value : NAN;
}
