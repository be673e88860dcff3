#include "io/swift.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/err.h"
#include "io/hspy_h5.h"
#include "io/h5_image.h"
#include "io/json_text.h"

static const json_t *calibration(const json_t *properties, int dimension)
{
    const json_t *list = json_object_get(properties, "dimensional_calibrations");
    const json_t *inner = json_object_get(properties, "data_source");

    if (!list) /* as Swift exports them */
        list = json_object_get(properties, "spatial_calibrations");
    if (!list && !inner)
        inner = json_array_get(json_object_get(properties, "data_sources"), 0);
    if (!list)
        list = json_object_get(inner, "dimensional_calibrations");
    return json_array_get(list, (size_t)dimension);
}

static void copy_text(char *out, size_t size, const json_t *json)
{
    const char *text = json_string_value(json);
    eel_text_copy(out, size, text ? text : "", text ? strlen(text) : 0);
}

static double number_of(const json_t *json, const char *key, double otherwise)
{
    double value = eel_json_number(json, key);
    return isfinite(value) ? value : otherwise;
}

void eel_swift_describe(eel_candidate *c, const json_t *properties)
{
    char units[EEL_DIMS_MAX][32], kind[32];
    const json_t *source = json_object_get(json_object_get(properties, "metadata"),
                                           "hardware_source");

    copy_text(c->name, sizeof c->name, json_object_get(properties, "title"));
    copy_text(kind, sizeof kind, json_object_get(source, "signal_type"));
    for (int d = 0; d < c->dims; d++)
        copy_text(units[d], sizeof units[d], json_object_get(calibration(properties, d), "units"));
    int eels = strcasecmp(kind, "eels") == 0;
    int energy = c->dims > 0 ? eel_candidate_find_energy(c, units, eels) : -1;
    if (energy < 0)
        return;
    const json_t *e = calibration(properties, energy);
    eel_candidate_energy(c, energy, number_of(e, "offset", 0), number_of(e, "scale", 1),
                         units[energy], eels);
}

void eel_swift_detail(eel_image_info *info, const json_t *properties,
                      const int axis_of[EEL_NAV_MAX])
{
    static const char *const names[] = {"x", "y"}; /* from the fastest on */
    const json_t *metadata = json_object_get(properties, "metadata");
    int sequence = json_is_true(json_object_get(properties, "is_sequence"));

    for (int k = 0; k < info->nav_count; k++) {
        const json_t *n = calibration(properties, axis_of[k]);
        int from_fast = info->nav_count - 1 - k;
        info->nav[k].offset = number_of(n, "offset", 0);
        info->nav[k].scale = number_of(n, "scale", 1);
        if (info->nav[k].scale == 0)
            info->nav[k].scale = 1;
        copy_text(info->nav[k].units, sizeof info->nav[k].units, json_object_get(n, "units"));
        if (sequence && axis_of[k] == 0)
            strcpy(info->nav[k].name, "t");
        else if (from_fast < 2)
            strcpy(info->nav[k].name, names[from_fast]);
    }
    double volts = eel_json_number(metadata, "instrument/high_tension");
    if (isnan(volts))
        volts = eel_json_number(metadata, "hardware_source/autostem/high_tension");
    info->beam_kev = eel_positive_or_nan(volts) / 1000;
    info->exposure_s = eel_positive_or_nan(eel_json_number(metadata, "hardware_source/exposure"));
}

/* ---- .h5: one data set "data", whose attribute "properties" is the JSON ---- */

static int is_mine(hid_t file)
{
    hid_t data = H5Lexists(file, "data", H5P_DEFAULT) > 0 ? H5Oopen(file, "data", H5P_DEFAULT) : -1;
    int found = data >= 0 && H5Iget_type(data) == H5I_DATASET && eel_h5_has(data, "properties");

    if (data >= 0)
        H5Oclose(data);
    return found;
}

static void keep_json(const char *text, void *context)
{
    json_t **json = context;
    if (!*json)
        *json = json_loads(text, 0, NULL);
}

static json_t *properties_of(hid_t file)
{
    json_t *json = NULL;
    hid_t data = H5Dopen2(file, "data", H5P_DEFAULT);

    eel_h5_texts(data, "properties", NULL, keep_json, &json);
    if (data >= 0)
        H5Dclose(data);
    return json;
}

static int list(eel_h5_file *file)
{
    eel_candidate *c = eel_h5_add(file, "data");
    json_t *properties = properties_of(file->file);

    if (c && properties)
        eel_swift_describe(c, properties);
    else if (c)
        eel_candidate_refuse(c, "its properties are no JSON");
    json_decref(properties);
    return c ? EEL_OK : EEL_ELIMIT;
}

static void detail(eel_h5_file *file, const char *dataset, eel_image_info *info,
                   const int axis_of[EEL_NAV_MAX])
{
    json_t *properties = properties_of(file->file);
    (void)dataset;
    eel_swift_detail(info, properties, axis_of);
    json_decref(properties);
}

static const eel_h5_layout layout = {is_mine, list, detail};

const eel_format eel_format_swift = {
    .about = {"swift", ".h5", "Nion Swift, HDF5"}, .h5 = &layout, EEL_H5_FUNCTIONS,
};
