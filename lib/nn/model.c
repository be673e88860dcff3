#include "nn/model.h"
#include "nn/act.h"
#include "nn/h5.h"
#include "nn/net_shape.h"
#include "nn/net_weights.h"

#include "base/err.h"
#include "base/sha256.h"
#include "base/vecmath.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NORMALISATION_MAX sizeof(((eel_model_info *)0)->normalisation)
#define CLASS_NAME_MAX    sizeof(((eel_model_info *)0)->class_name[0])

/* Sentences M… are those of proto/model.md. */

static void read_weights(h5_file *file, eel_net *net)
{
    for (unsigned i = 0; i < LAYOUT_TENSORS; i++) {
        const nn_tensor *tensor = &net->layout.tensors[i];
        size_t dims[3] = {tensor->dims[0], tensor->dims[1], tensor->dims[2]};
        char name[64];
        snprintf(name, sizeof name, "weights/%s", tensor->name);
        if (!layout_is_gain(i)) /* M10: folded */
            h5_read_floats(file, name, net->values + tensor->offset, (int)tensor->rank, dims);
    }
}

static void write_weights(h5_file *file, const eel_net *net)
{
    for (unsigned i = 0; i < LAYOUT_TENSORS; i++) {
        const nn_tensor *tensor = &net->layout.tensors[i];
        size_t dims[3] = {tensor->dims[0], tensor->dims[1], tensor->dims[2]};
        char name[64];
        snprintf(name, sizeof name, "weights/%s", tensor->name);
        if (!layout_is_gain(i))
            h5_write_floats(file, name, net->values + tensor->offset, (int)tensor->rank, dims);
    }
}

/* M5 to M8: what no reader of the file could use. */
static int check_info(const eel_model_info *info, const char *path)
{
    if (!(info->step_ev > 0) || !isfinite(info->start_ev) || !isfinite(info->step_ev))
        return eel_fail(EEL_EFORMAT, "%s: axis starts at %g eV in steps of %g eV, expected steps "
                        "above 0", path, info->start_ev, info->step_ev);
    for (uint32_t c = 0; c < info->classes; c++) {
        const char *name = info->class_name[c];
        if (!name[0])
            return eel_fail(EEL_EFORMAT, "%s: class %u has no name", path, c);
        for (uint32_t other = 0; other < c; other++) {
            if (strcmp(name, info->class_name[other]) == 0)
                return eel_fail(EEL_EFORMAT, "%s: classes %u and %u are both named %s", path, other,
                                c, name);
        }
        if (!(info->threshold[c] >= 0 && info->threshold[c] <= 1))
            return eel_fail(EEL_EFORMAT, "%s: threshold of %s is %g, expected 0 to 1", path, name,
                            info->threshold[c]);
        if (!(info->scale[c] > 0) || !isfinite(info->scale[c]) || !isfinite(info->shift[c]))
            return eel_fail(EEL_EFORMAT, "%s: calibration of %s is %g x logit + %g, expected a "
                            "finite scale above 0", path, name, info->scale[c], info->shift[c]);
    }
    return EEL_OK;
}

static void read_info(h5_file *file, eel_model_info *info, uint32_t classes)
{
    double axis[2];
    size_t count = classes;
    char *normalisation;

    info->classes = classes;
    h5_read_reals(file, "axis", axis, 2);
    h5_read_text(file, "normalisation", &normalisation, NORMALISATION_MAX);
    h5_read_names(file, "classes", info->class_name[0], CLASS_NAME_MAX, classes);
    if (h5_has(file, "edges/shell")) { /* M15 */
        h5_read_names(file, "edges/shell", info->shell[0], sizeof info->shell[0], classes);
        h5_read_reals(file, "edges/onset", info->onset_ev, classes);
    }
    h5_read_floats(file, "threshold", info->threshold, 1, &count);
    h5_read_floats(file, "calibration/scale", info->scale, 1, &count);
    h5_read_floats(file, "calibration/shift", info->shift, 1, &count);
    h5_read_text(file, "training", &info->training, EEL_MODEL_TEXT_MAX);
    if (!file->code) {
        info->start_ev = axis[0];
        info->step_ev = axis[1];
        snprintf(info->normalisation, NORMALISATION_MAX, "%s", normalisation);
        h5_check(file, check_info(info, file->path));
    }
    free(normalisation);
}

/* Before anything of it is read: a spectrum image of many gigabytes may be taken for a model. */
static int check_size(const char *path)
{
    struct stat status;

    if (stat(path, &status) == 0 && status.st_size > EEL_MODEL_FILE_MAX)
        return eel_fail(EEL_ELIMIT, "%s: %jd bytes, a trained network has at most %jd", path, (intmax_t)status.st_size,
                        (intmax_t)EEL_MODEL_FILE_MAX);
    return EEL_OK;
}

int eel_model_read(eel_net **net, eel_model_info *info, const char *path)
{
    eel_model_info read = {0};
    eel_net_shape shape = {0};
    eel_net *made = NULL;
    h5_file file;
    int code = check_size(path);

    if (code != EEL_OK)
        return code;
    h5_open(&file, path);
    if (!file.code)
        h5_check(&file, eel_sha256_file(read.sha256, path));
    h5_read_format(&file, EEL_MODEL_FORMAT);
    net_shape_read(&file, &shape);
    int made_code = file.code ? EEL_OK : net_new(&made, &shape);
    if (made_code)
        h5_check(&file, eel_fail_in(made_code, "%s", path));
    if (!file.code) {
        read_info(&file, &read, shape.classes);
        read_weights(&file, made);
    }
    code = h5_close(&file);
    if (code) {
        eel_model_info_release(&read);
        eel_net_free(made);
        return code;
    }
    net_ready(made);
    *net = made;
    *info = read;
    return EEL_OK;
}

int eel_model_write(const eel_net *net, const eel_model_info *info, const char *path)
{
    const eel_net_shape *shape = &net->layout.shape;
    double axis[2] = {info->start_ev, info->step_ev};
    size_t classes = shape->classes;
    h5_file file;

    if (info->classes != classes)
        return eel_fail(EEL_EARGS, "%s: %u classes are described, the network has %u", path,
                        info->classes, shape->classes);
    int code = check_info(info, path);
    if (code)
        return code;
    h5_create(&file, path);
    h5_write_text(&file, "format", EEL_MODEL_FORMAT);
    net_shape_write(&file, shape);
    h5_write_reals(&file, "axis", axis, 2);
    h5_write_text(&file, "normalisation", info->normalisation);
    h5_write_names(&file, "classes", info->class_name[0], CLASS_NAME_MAX, classes);
    h5_write_names(&file, "edges/shell", info->shell[0], sizeof info->shell[0], classes);
    h5_write_reals(&file, "edges/onset", info->onset_ev, classes);
    h5_write_floats(&file, "threshold", info->threshold, 1, &classes);
    h5_write_floats(&file, "calibration/scale", info->scale, 1, &classes);
    h5_write_floats(&file, "calibration/shift", info->shift, 1, &classes);
    h5_write_text(&file, "training", info->training ? info->training : "");
    write_weights(&file, net);
    return h5_close(&file);
}

void eel_model_info_release(eel_model_info *info)
{
    free(info->training);
    *info = (eel_model_info){0};
}

/* p = 1 has no logit: the largest float below it has. */
static inline float calibrated(float p, float scale, float shift)
{
    float q = p > 1e-37f ? p : 1e-37f;
    q = q < 1 - 0x1p-24f ? q : 1 - 0x1p-24f;
    float answer = act_sigmoid(scale * (eel_logf(q) - eel_logf(1 - q)) + shift);

    return p == p ? answer : p;
}

float eel_model_calibrate(const eel_model_info *info, uint32_t c, float p)
{
    return calibrated(p, info->scale[c], info->shift[c]);
}

void eel_model_calibrate_all(const eel_model_info *info, float *p)
{
    for (uint32_t c = 0; c < info->classes; c++)
        p[c] = calibrated(p[c], info->scale[c], info->shift[c]);
}
