/* model: the file of proto/model.md round trips, and whatever is not one is refused in one line. */
#include "test.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "nn/model.h"
#include "nn/net_weights.h"

#include <hdf5.h>
#include <unistd.h>

#define PATH EEL_BINARY_DIR "/test_model.h5"

static const eel_net_shape shape = {
    .inputs = 64,
    .width = 5,
    .channels = {2, 3, 4, 5},
    .strides = {2, 2, 2, 2},
    .hidden = 3,
    .projected = 2,
    .dense = 4,
    .classes = 3,
};

static eel_model_info example(void)
{
    return (eel_model_info){
        .start_ev = 90,
        .step_ev = 0.2,
        .normalisation = "log-ratio-1",
        .classes = 3,
        .class_name = {"O", "La", "other"},
        .shell = {"K", "M4,5", ""},
        .onset_ev = {532, 832, 0},
        .threshold = {0.5f, 0.25f, 0.75f},
        .scale = {1, 2, 0.5f},
        .shift = {0, -1, 1},
        .training = (char *)"{\"seed\": 1}",
    };
}

static eel_net *example_net(void)
{
    eel_net *net;

    assert_ok(net_new(&net, &shape));
    for (unsigned i = 0; i < LAYOUT_TENSORS; i++) {
        const nn_tensor *tensor = &net->layout.tensors[i];
        for (size_t j = 0; j < tensor->count && !layout_is_gain(i); j++)
            net->values[tensor->offset + j] = (float)sin((double)(i * 100 + j));
    }
    net_ready(net);
    return net;
}

static void write_example(void)
{
    eel_net *net = example_net();
    eel_model_info info = example();

    assert_ok(eel_model_write(net, &info, PATH));
    eel_net_free(net);
}

static int read_it(void)
{
    eel_net *net;
    eel_model_info info;
    int code = eel_model_read(&net, &info, PATH);

    if (!code) {
        eel_net_free(net);
        eel_model_info_release(&info);
    }
    return code;
}

/* Puts another dataset in the place of one; NULL data removes it. */
static void replace(const char *name, hid_t type, int rank, const hsize_t *dims, const void *data)
{
    hid_t file = H5Fopen(PATH, H5F_ACC_RDWR, H5P_DEFAULT);

    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
    if (data) {
        hid_t space = rank ? H5Screate_simple(rank, dims, NULL) : H5Screate(H5S_SCALAR);
        hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
        H5Dclose(set);
        H5Sclose(space);
    }
    H5Fclose(file);
}

static void replace_text(const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);

    H5Tset_size(type, strlen(text) + 1);
    replace(name, type, 0, NULL, text);
    H5Tclose(type);
}

TEST(a_model_comes_back_as_it_was_written)
{
    eel_net *net = example_net(), *back;
    eel_model_info info = example(), read;
    char digest[EEL_SHA256_TEXT];

    assert_ok(eel_model_write(net, &info, PATH));
    assert_ok(eel_model_read(&back, &read, PATH));

    assert_memory_equal(eel_net_shape_of(back), &shape, sizeof shape);
    assert_memory_equal(back->values, net->values, net->layout.count * sizeof(float));
    assert_true(read.start_ev == 90 && read.step_ev == 0.2);
    assert_string_equal(read.normalisation, "log-ratio-1");
    assert_int_equal(read.classes, 3);
    assert_string_equal(read.class_name[2], "other");
    assert_string_equal(read.shell[1], "M4,5"); /* M15 */
    assert_true(read.onset_ev[1] == 832 && read.shell[2][0] == 0);
    assert_memory_equal(read.threshold, info.threshold, sizeof info.threshold);
    assert_memory_equal(read.scale, info.scale, sizeof info.scale);
    assert_memory_equal(read.shift, info.shift, sizeof info.shift);
    assert_string_equal(read.training, "{\"seed\": 1}");
    assert_ok(eel_sha256_file(digest, PATH)); /* M14 */
    assert_string_equal(read.sha256, digest);
    eel_model_info_release(&read);
    eel_net_free(net);
    eel_net_free(back);
}

TEST(a_written_model_gives_the_same_probabilities)
{
    eel_net *net = example_net(), *back;
    eel_model_info info = example(), read;
    eel_net_state *state, *state_back;
    float x[64], p[3], q[3];
    for (int i = 0; i < 64; i++)
        x[i] = (float)cos(i);
    assert_ok(eel_model_write(net, &info, PATH));
    assert_ok(eel_model_read(&back, &read, PATH));
    assert_ok(eel_net_state_new(&state, net, 1, EEL_NET_F32));
    assert_ok(eel_net_state_new(&state_back, back, 4, EEL_NET_F32));

    eel_net_forward(net, state, p, x, 1);
    eel_net_forward(back, state_back, q, x, 1);

    assert_memory_equal(p, q, sizeof p);
    eel_net_state_free(state);
    eel_net_state_free(state_back);
    eel_model_info_release(&read);
    eel_net_free(net);
    eel_net_free(back);
}

TEST(calibration_is_a_line_through_the_logit)
{
    eel_model_info info = example();

    assert_floats((float[]){eel_model_calibrate(&info, 0, 0.3f)}, (float[]){0.3f}, 1, 1e-6);
    /* logit(0.8) = ln 4; 2 ln 4 - 1 = 1.7726 */
    assert_floats((float[]){eel_model_calibrate(&info, 1, 0.8f)}, (float[]){0.854776f}, 1, 1e-5);
    assert_true(isfinite(eel_model_calibrate(&info, 2, 0)));
    assert_true(isfinite(eel_model_calibrate(&info, 2, 1)));
    assert_true(isnan(eel_model_calibrate(&info, 2, NAN)));
}

TEST(classes_calibrated_together_have_the_bits_of_each_alone)
{
    eel_model_info info = {.classes = EEL_NET_CLASSES_MAX};
    float p[EEL_NET_CLASSES_MAX], alone[EEL_NET_CLASSES_MAX];

    for (uint32_t c = 0; c < info.classes; c++) {
        info.scale[c] = 0.5f + 0.03f * (float)c;
        info.shift[c] = 0.1f * (float)c - 2;
        p[c] = c == 7 ? NAN : (float)c / (float)(info.classes - 1);
        alone[c] = eel_model_calibrate(&info, c, p[c]);
    }

    eel_model_calibrate_all(&info, p);

    assert_memory_equal(p, alone, sizeof p);
}

TEST(files_that_are_no_models_are_refused)
{
    FILE *file = fopen(PATH, "wb");
    fputs("no HDF5 at all, but long enough to look at", file);
    fclose(file);

    assert_fails(EEL_EFORMAT, read_it());
    assert_words("not an HDF5 file");

    H5Fclose(H5Fcreate(PATH, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    assert_fails(EEL_EFORMAT, read_it());
    assert_words("has no format, expected 'eelstream ");

    unlink(PATH);
    assert_fails(EEL_EIO, read_it());
    assert_words("No such file");
}

TEST(a_model_cut_short_anywhere_is_refused)
{
    write_example();
    FILE *file = fopen(PATH, "rb");
    static char bytes[1 << 20];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(size > 1000 && size < sizeof bytes);

    for (size_t part = 0; part < size; part += size / 23) {
        file = fopen(PATH, "wb");
        fwrite(bytes, 1, part, file);
        fclose(file);
        assert_fails(EEL_EFORMAT, read_it());
    }
}

TEST(M1_another_format_is_refused)
{
    write_example();
    replace_text("format", "eelstream model 2");

    assert_fails(EEL_EFORMAT, read_it());
    assert_words("format is 'eelstream model 2', expected 'eelstream model 1'");
}

TEST(M3_sizes_beyond_a_limit_are_refused)
{
    uint64_t numbers[14] = {64, 5, 2, 3, 4, 5, 2, 2, 2, 2, 1u << 31, 2, 4, 3};
    hsize_t count = 14;

    write_example();
    replace("shape", H5T_NATIVE_UINT64, 1, &count, numbers);
    assert_fails(EEL_ELIMIT, read_it());
    assert_words(PATH);
    assert_words("LSTM units is 2147483648");

    numbers[10] = UINT64_MAX;
    replace("shape", H5T_NATIVE_UINT64, 1, &count, numbers);
    assert_fails(EEL_ELIMIT, read_it());

    count = 13;
    replace("shape", H5T_NATIVE_UINT64, 1, &count, numbers);
    assert_fails(EEL_EFORMAT, read_it());
    assert_words("shape is 13, expected 14");
}

TEST(M12_weights_of_another_length_are_refused)
{
    float zeros[200] = {0};

    write_example();
    replace("weights/conv2.weight", H5T_NATIVE_FLOAT, 3, (hsize_t[]){5, 3, 2}, zeros);
    assert_fails(EEL_EFORMAT, read_it());
    assert_words("weights/conv2.weight is 5 x 3 x 2, expected 5 x 2 x 3");

    write_example();
    replace("weights/output.bias", H5T_NATIVE_FLOAT, 0, NULL, zeros);
    assert_fails(EEL_EFORMAT, read_it());
    assert_words("weights/output.bias is one value, expected 3");

    write_example();
    replace("weights/lstm.forward.bias", 0, 0, NULL, NULL);
    assert_fails(EEL_EFORMAT, read_it());
    assert_words("has no weights/lstm.forward.bias");
}

TEST(M12_weights_that_are_no_numbers_are_refused)
{
    float values[3] = {1, NAN, 2};
    int whole[3] = {1, 2, 3};
    hsize_t count = 3;

    write_example();
    replace("weights/output.bias", H5T_NATIVE_FLOAT, 1, &count, values);
    assert_fails(EEL_EFORMAT, read_it());
    assert_words("weights/output.bias holds nan at place 1");

    replace("weights/output.bias", H5T_NATIVE_INT, 1, &count, whole);
    assert_fails(EEL_EFORMAT, read_it());
    assert_words("is not made of numbers");
}

TEST(M4_to_M8_what_cannot_be_used_is_refused)
{
    eel_net *net = example_net();
    eel_model_info info = example();

    info.step_ev = 0;
    assert_fails(EEL_EFORMAT, eel_model_write(net, &info, PATH));
    info = example();
    strcpy(info.class_name[2], "O");
    assert_fails(EEL_EFORMAT, eel_model_write(net, &info, PATH));
    assert_words("classes 0 and 2 are both named O");
    info = example();
    info.threshold[1] = 1.5f;
    assert_fails(EEL_EFORMAT, eel_model_write(net, &info, PATH));
    assert_words("threshold of La is 1.5");
    info = example();
    info.scale[0] = 0;
    assert_fails(EEL_EFORMAT, eel_model_write(net, &info, PATH));
    info = example();
    info.classes = 2;
    assert_fails(EEL_EARGS, eel_model_write(net, &info, PATH));
    eel_net_free(net);
}

TEST(M15_a_model_that_does_not_tell_its_edges_is_read)
{
    eel_net *net;
    eel_model_info info;
    hid_t file;

    write_example();
    file = H5Fopen(PATH, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Ldelete(file, "edges", H5P_DEFAULT) >= 0);
    H5Fclose(file);
    assert_ok(eel_model_read(&net, &info, PATH));

    assert_string_equal(info.class_name[1], "La");
    assert_string_equal(info.shell[1], "");
    eel_model_info_release(&info);
    eel_net_free(net);
}

TEST(M15_edges_of_another_number_of_classes_are_refused)
{
    double onsets[2] = {532, 832};

    write_example();
    replace("edges/onset", H5T_NATIVE_DOUBLE, 1, (hsize_t[]){2}, onsets);

    assert_fails(EEL_EFORMAT, read_it());
    assert_words("edges/onset is 2, expected 3");
}

TEST(M9_a_text_beyond_its_limit_is_refused)
{
    char *text = malloc(EEL_MODEL_TEXT_MAX + 10);
    memset(text, ' ', EEL_MODEL_TEXT_MAX + 9);
    text[EEL_MODEL_TEXT_MAX + 9] = 0;

    write_example();
    replace_text("training", text);

    assert_fails(EEL_ELIMIT, read_it());
    assert_words("training has");
    free(text);
}

TEST(M13_a_model_that_cannot_be_written_leaves_nothing)
{
    eel_net *net = example_net();
    eel_model_info info = example();

    assert_fails(EEL_EIO, eel_model_write(net, &info, "/nowhere/at/all/model.h5"));
    eel_net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_comes_back_as_it_was_written),
        cmocka_unit_test(a_written_model_gives_the_same_probabilities),
        cmocka_unit_test(calibration_is_a_line_through_the_logit),
        cmocka_unit_test(classes_calibrated_together_have_the_bits_of_each_alone),
        cmocka_unit_test(files_that_are_no_models_are_refused),
        cmocka_unit_test(a_model_cut_short_anywhere_is_refused),
        cmocka_unit_test(M1_another_format_is_refused),
        cmocka_unit_test(M3_sizes_beyond_a_limit_are_refused),
        cmocka_unit_test(M12_weights_of_another_length_are_refused),
        cmocka_unit_test(M12_weights_that_are_no_numbers_are_refused),
        cmocka_unit_test(M4_to_M8_what_cannot_be_used_is_refused),
        cmocka_unit_test(M15_a_model_that_does_not_tell_its_edges_is_read),
        cmocka_unit_test(M15_edges_of_another_number_of_classes_are_refused),
        cmocka_unit_test(M9_a_text_beyond_its_limit_is_refused),
        cmocka_unit_test(M13_a_model_that_cannot_be_written_leaves_nothing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    unlink(PATH);
    return failed;
}
