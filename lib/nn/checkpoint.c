/*
 * checkpoint - a trainer in a file: HDF5 with
 *
 *     format                  "eelstream checkpoint 1"
 *     shape                   inputs, width, channels x 4, strides x 4, hidden, projected, dense,
 *                             classes
 *     steps, averaged, note
 *     weights/NAME, adam/first/NAME, adam/second/NAME      every tensor of layout.h
 *     running/convN.mean, running/convN.variance
 */
#include "nn/h5.h"
#include "nn/net_shape.h"
#include "nn/trainer_state.h"
#include "nn/unfold.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

#define FORMAT   "eelstream checkpoint 1"
#define NOTE_MAX (1u << 20)

typedef void (*each_tensor)(h5_file *file, const char *name, float *data, int rank,
                            const size_t *dims);

static void write_one(h5_file *file, const char *name, float *data, int rank, const size_t *dims)
{
    h5_write_floats(file, name, data, rank, dims);
}

static void tensors(h5_file *file, const char *group, const nn_layout *layout, float *values,
                    each_tensor move)
{
    for (unsigned i = 0; i < LAYOUT_TENSORS; i++) {
        const nn_tensor *tensor = &layout->tensors[i];
        size_t dims[3] = {tensor->dims[0], tensor->dims[1], tensor->dims[2]};
        char name[96];
        snprintf(name, sizeof name, "%s/%s", group, tensor->name);
        move(file, name, values + tensor->offset, (int)tensor->rank, dims);
    }
}

typedef void (*each_array)(h5_file *file, const char *name, double *data, size_t count);

static void write_reals(h5_file *file, const char *name, double *data, size_t count)
{
    h5_write_reals(file, name, data, count);
}

static void statistics(h5_file *file, eel_trainer *trainer, each_array move)
{
    for (int i = 0; i < EEL_CONVS; i++) {
        uint32_t channels = trainer->layout.shape.channels[i];
        char name[64];
        snprintf(name, sizeof name, "running/conv%d.mean", i + 1);
        move(file, name, trainer->mean[i], channels);
        snprintf(name, sizeof name, "running/conv%d.variance", i + 1);
        move(file, name, trainer->variance[i], channels);
    }
}

int eel_trainer_save(const eel_trainer *trainer, const char *note, const char *path)
{
    eel_trainer *all = (eel_trainer *)trainer; /* the walkers below read and write alike */
    h5_file file;

    if (trainer->folded) /* what batch normalisation was is known after the first step only */
        return eel_fail(EEL_EARGS, "%s: no checkpoint before the first step", path);
    h5_create(&file, path);
    h5_write_text(&file, "format", FORMAT);
    net_shape_write(&file, &trainer->layout.shape);
    h5_write_whole(&file, "steps", &trainer->steps, 1);
    h5_write_whole(&file, "averaged", &trainer->averaged, 1);
    h5_write_text(&file, "note", note);
    tensors(&file, "weights", &trainer->layout, all->values, write_one);
    tensors(&file, "adam/first", &trainer->layout, all->first, write_one);
    tensors(&file, "adam/second", &trainer->layout, all->second, write_one);
    statistics(&file, all, write_reals);
    return h5_close(&file);
}

int eel_trainer_load(eel_trainer **trainer, const eel_trainer_options *options, char **note,
                     const char *path)
{
    eel_trainer *made = NULL;
    eel_net_shape shape;
    char *text = NULL;
    h5_file file;

    h5_open(&file, path);
    h5_read_format(&file, FORMAT);
    net_shape_read(&file, &shape);
    h5_read_text(&file, "note", &text, NOTE_MAX);
    int made_code = file.code ? EEL_OK : eel_trainer_new(&made, &shape, options);
    if (made_code)
        h5_check(&file, made_code == EEL_EARGS ? made_code : eel_fail_in(made_code, "%s", path));
    if (!file.code) {
        h5_read_whole(&file, "steps", &made->steps, 1);
        h5_read_whole(&file, "averaged", &made->averaged, 1);
        tensors(&file, "weights", &made->layout, made->values, h5_read_floats);
        tensors(&file, "adam/first", &made->layout, made->first, h5_read_floats);
        tensors(&file, "adam/second", &made->layout, made->second, h5_read_floats);
        statistics(&file, made, h5_read_reals);
    }
    int code = h5_close(&file);
    if (code) {
        eel_trainer_free(made);
        free(text);
        return code;
    }
    *trainer = made;
    if (note)
        *note = text;
    else
        free(text);
    return EEL_OK;
}

static int is_model(const char *path)
{
    h5_file file;

    h5_open(&file, path);
    int is = h5_has(&file, "threshold");
    h5_close(&file);
    return is;
}

int eel_trainer_load_weights(eel_trainer *trainer, const char *checkpoint)
{
    eel_trainer *other;
    eel_trainer_options one = eel_trainer_defaults();
    int code;

    if (is_model(checkpoint))
        return trainer_take_model(trainer, checkpoint);
    one.batch = one.shard = one.threads = 1;
    if ((code = eel_trainer_load(&other, &one, NULL, checkpoint)))
        return code;
    code = net_shape_compare(checkpoint, &other->layout.shape, &trainer->layout.shape);
    if (!code)
        trainer_take_weights(trainer, other);
    eel_trainer_free(other);
    return code;
}

int eel_trainer_shape_in(const char *path, eel_net_shape *shape)
{
    h5_file file;

    h5_open(&file, path);
    net_shape_read(&file, shape);
    return h5_close(&file);
}
