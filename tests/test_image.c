/* The front of all readers: what is no file, what is damaged, and what travels as JSON. */
#include "image_test.h"

#include <jansson.h>
#include <sys/stat.h>
#include "base/rng.h"
#include "dm_make.h"
#include "io/hspy_write.h"

TEST(what_is_no_file_is_named)
{
    const char *path = temporary("no_file");
    eel_image *image;

    assert_fails(EEL_EIO, eel_image_open(&image, path, NULL));
    assert_words("No such file");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_fails(EEL_EIO, eel_image_open(&image, path, NULL));
    assert_words("is a folder");
    rmdir(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_fails(EEL_EIO, eel_image_open(&image, path, NULL));
    assert_words("no regular file");
    unlink(path);
    write_text(path, "");
    assert_fails(EEL_EFORMAT, eel_image_open(&image, path, NULL));
    assert_words("is empty");
    unlink(path);
}

TEST(what_is_no_spectrum_file_is_named)
{
    static const struct { const char *bytes; size_t n; const char *words; } files[] = {
        {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24, "all zeros"},
        {"II*\0\10\0\0\0", 8, "TIFF"},
        {"PK\3\4....", 8, "zip"},
        {"\x89PNG\r\n", 6, "PNG"},
        {"\x93NUMPY\1\0", 8, "no known format"},
        {"\1\2\3\4\5", 5, "no known format"},
        {"\0\0\0\5\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0", 20, "no known format"},
    };
    const char *path = temporary("other");
    eel_image *image;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        write_bytes(path, files[i].bytes, files[i].n);
        assert_fails(EEL_EFORMAT, eel_image_open(&image, path, NULL));
        assert_words(files[i].words);
    }
    unlink(path);
}

TEST(a_long_name_is_refused)
{
    char path[3000];
    eel_image *image;

    memset(path, 'a', sizeof path);
    path[sizeof path - 1] = 0;
    assert_fails(EEL_ELIMIT, eel_image_open(&image, path, NULL));
}

TEST(values_become_float)
{
    float out[3];

    eel_image_to_float(out, (int16_t[]){-3, 0, 7}, EEL_IMAGE_I16, 3);
    assert_true(out[0] == -3 && out[1] == 0 && out[2] == 7);
    eel_image_to_float(out, (uint64_t[]){1ull << 40, 1, 2}, EEL_IMAGE_U64, 3);
    assert_true(out[0] == 0x1p40f);
    eel_image_to_float(out, (double[]){0.5, NAN, -1e300}, EEL_IMAGE_F64, 3);
    assert_true(out[0] == 0.5f && isnan(out[1]) && isinf(out[2]));
    eel_image_to_float(out, (float[]){0.25f, NAN, 1}, EEL_IMAGE_F32, 3);
    assert_true(out[0] == 0.25f && isnan(out[1]));
}

static eel_image_info example(void)
{
    eel_image_info info = {
        .path = "/data/µ \"x\".dm4", .format = "dm4", .nav_count = 2, .pixels = 42,
        .nav = {{2, -0.5, 0.002, "y", "µm"}, {21, 0, 0.002, "x", ""}},
        .axis = {439.99999, 0.30000001192092896, 2048}, .type = EEL_IMAGE_U16, .title = "SI",
        .beam_kev = 300, .collection_mrad = NAN, .convergence_mrad = 21.5, .exposure_s = NAN,
        .elements = "O Ti", .signal_count = 2, .signal = 1,
        .signals = {{"Survey", "image", "8 x 8"}, {"SI", "spectrum image", "2048 x 2 x 21"}},
    };
    return info;
}

TEST(the_information_survives_the_way_through_json)
{
    eel_image_info info = example(), back;
    char *json = eel_image_info_to_json(&info);

    assert_ok(eel_image_info_from_json(&back, json));

    assert_string_equal(back.path, info.path);
    assert_string_equal(back.format, info.format);
    assert_string_equal(back.title, info.title);
    assert_string_equal(back.elements, info.elements);
    assert_int_equal(back.pixels, 42);
    assert_int_equal(back.nav_count, 2);
    assert_memory_equal(back.nav, info.nav, sizeof info.nav);
    assert_memory_equal(&back.axis, &info.axis, sizeof info.axis);
    assert_int_equal(back.type, EEL_IMAGE_U16);
    assert_true(back.beam_kev == 300 && isnan(back.collection_mrad) && isnan(back.exposure_s));
    assert_int_equal(back.signal_count, 2);
    assert_int_equal(back.signal, 1);
    assert_memory_equal(back.signals, info.signals, sizeof info.signals);
    free(json);
}

static void falling(float *counts, int from, int to)
{
    for (int i = from; i < to; i++)
        counts[i] = (float)(1000 - i);
}

TEST(zeros_at_the_end_and_no_numbers_at_either_end_are_no_record)
{
    float counts[200] = {0};
    eel_unrecorded u;

    falling(counts, 0, 150);
    assert_int_equal(eel_unrecorded_in(&u, counts, 200), 1);
    assert_true(u.head == 0 && u.tail == 50);
    counts[0] = counts[1] = NAN;
    counts[198] = counts[199] = INFINITY;
    assert_int_equal(eel_unrecorded_in(&u, counts, 200), 1);
    assert_true(u.head == 2 && u.tail == 50);
}

TEST(zeros_in_front_few_zeros_and_zeros_among_few_counts_are_a_record)
{
    float counts[200] = {0};
    eel_unrecorded u;

    falling(counts, 100, 200);
    assert_int_equal(eel_unrecorded_in(&u, counts, 200), 1);
    assert_true(u.head == 0 && u.tail == 0);
    for (int i = 200 - EEL_ZEROS_LEAST + 1; i < 200; i++)
        counts[i] = 0;
    assert_int_equal(eel_unrecorded_in(&u, counts, 200), 1);
    assert_int_equal(u.tail, 0);
    for (int i = 0; i < 200; i++)
        counts[i] = i < 170 && i % 3 == 0;
    assert_int_equal(eel_unrecorded_in(&u, counts, 200), 1);
    assert_int_equal(u.tail, 0);
}

TEST(a_spectrum_without_counts_says_nothing_of_its_record)
{
    float counts[40] = {[3] = NAN};
    eel_unrecorded u = {.head = 5, .tail = 7};

    assert_int_equal(eel_unrecorded_in(&u, counts, 40), 0);
    assert_true(u.head == 5 && u.tail == 7);
}

TEST(a_gap_is_the_widest_stretch_without_numbers_and_of_two_spectra_what_both_have)
{
    float one[100], other[100];
    eel_unrecorded u, v;

    falling(one, 0, 100);
    falling(other, 0, 100);
    one[10] = NAN;
    for (int i = 40; i < 60; i++)
        one[i] = other[i - 5] = NAN;
    assert_int_equal(eel_unrecorded_in(&u, one, 100), 1);
    assert_int_equal(eel_unrecorded_in(&v, other, 100), 1);
    assert_true(u.gap == 40 && u.gap_n == 20);
    eel_unrecorded_both(&u, &v);
    assert_true(u.gap == 40 && u.gap_n == 15);
    eel_unrecorded_both(&u, &(eel_unrecorded){0, 0, 70, 5});
    assert_true(u.gap == 0 && u.gap_n == 0);
}

TEST(what_no_spectrum_of_a_file_has_recorded_is_known_and_told)
{
    const char *path = temporary("filled.txt");
    eel_image_info back;
    eel_image *image;
    FILE *file = fopen(path, "w");

    for (int i = 0; i < 100; i++)
        fprintf(file, "%d %d\n", 400 + i, i < 60 ? 500 - i : 0);
    fclose(file);
    assert_ok(eel_image_open(&image, path, NULL));
    char *json = eel_image_info_to_json(eel_image_info_of(image));
    assert_ok(eel_image_info_from_json(&back, json));

    assert_int_equal(eel_image_info_of(image)->unrecorded.tail, 40);
    assert_memory_equal(&back.unrecorded, &eel_image_info_of(image)->unrecorded, sizeof back.unrecorded);
    free(json);
    eel_image_close(image);
    unlink(path);
}

TEST(information_with_a_part_missing_or_of_another_kind_is_refused)
{
    eel_image_info info = example(), back = {.pixels = 7};
    char *json = eel_image_info_to_json(&info);
    json_t *whole = json_loads(json, 0, NULL);
    const char *key;
    json_t *value;

    json_object_foreach(whole, key, value) {
        for (int kind = 0; kind < 3; kind++) {
            json_t *changed = json_deep_copy(whole);
            if (kind == 0)
                json_object_del(changed, key);
            else
                json_object_set_new(changed, key, kind == 1 ? json_true() : json_integer(-5));
            char *text = json_dumps(changed, 0);
            assert_fails(EEL_EFORMAT, eel_image_info_from_json(&back, text));
            assert_words(key);
            free(text);
            json_decref(changed);
        }
    }
    assert_int_equal(back.pixels, 7); /* nothing is written on failure */
    json_decref(whole);
    free(json);
}

TEST(information_that_cannot_be_is_refused)
{
    static const char *const changes[][2] = {
        {"\"pixels\":42", "\"pixels\":43"},
        {"\"size\":21", "\"size\":0"},
        {"\"size\":21", "\"size\":4611686018427387904"},
        {"\"channels\":2048", "\"channels\":2000000"},
        {"\"channels\":2048", "\"channels\":0"},
        {"\"uint16\"", "\"uint17\""},
        {"\"step_ev\":0.3", "\"step_ev\":-0.3"},
        {"\"signal\":1", "\"signal\":2"},
        {"{\"path\"", "[\"path\""},
    };
    eel_image_info info = example(), back;
    char *json = eel_image_info_to_json(&info);

    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char text[4096];
        char *at = strstr(json, changes[i][0]);
        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - json), json, changes[i][1],
                 at + strlen(changes[i][0]));
        assert_fails(EEL_EFORMAT, eel_image_info_from_json(&back, text));
    }
    free(json);
}

/* libhdf5 loses memory of its own over damaged files. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

/* Opens what is left of a file and reads some of it; only that it comes back counts. */
static void survives(const char *path)
{
    eel_image *image;

    if (eel_image_open(&image, path, NULL) != EEL_OK) {
        assert_true(eel_words()[0] != 0);
        return;
    }
    const eel_image_info *info = eel_image_info_of(image);
    size_t row = info->axis.n * eel_image_type_size(info->type);
    uint32_t rows = info->pixels < 8 ? (uint32_t)info->pixels : 8;
    void *spectra = malloc(rows * row);
    eel_image_read(image, 0, rows, spectra);
    eel_image_read(image, info->pixels - rows, rows, spectra);
    free(spectra);
    eel_image_close(image);
}

/* Damages a copy of a file again and again: some bytes changed, now and then an end cut off. */
static void survives_damage(const char *path, int rounds)
{
    struct stat stats;
    eel_rng rng = eel_rng_seeded(20220601, 1);

    assert_int_equal(stat(path, &stats), 0);
    size_t n = (size_t)stats.st_size;
    unsigned char *whole = malloc(n), *damaged = malloc(n);
    FILE *file = fopen(path, "rb");
    assert_int_equal(fread(whole, 1, n, file), n);
    fclose(file);
    for (int i = 0; i < rounds; i++) {
        size_t left = eel_rng_chance(&rng, 0.2) ? eel_rng_below(&rng, (uint32_t)n) : n;
        memcpy(damaged, whole, n);
        for (uint32_t k = 1 + eel_rng_below(&rng, 6); k > 0; k--) {
            uint32_t at = eel_rng_below(&rng, (uint32_t)n);
            unsigned char now[] = {0, 255, (unsigned char)eel_rng_bits(&rng), 128};
            damaged[at] = now[eel_rng_below(&rng, 4)];
        }
        write_bytes(path, damaged, left);
        survives(path);
    }
    free(whole);
    free(damaged);
    unlink(path);
}

static void survives_damage_dm(int version)
{
    dm_description file = {.version = version, .images = 2};
    const char *path = temporary("damage.dm");

    for (int i = 0; i < 2; i++)
        file.image[i] = (dm_image){.name = "SI", .data_type = 2, .dims = 3, .size = {2, 3, 6},
                                   .scale = {1, 1, 1}, .units = {"nm", "nm", "eV"},
                                   .signal = "EELS", .format = "Spectrum image",
                                   .voltage = 300e3, .thumbnail = i == 0};
    dm_make(path, &file);
    survives_damage(path, 1000);
}

TEST(damaged_dm_files_never_crash)
{
    survives_damage_dm(3);
    survives_damage_dm(4);
}

TEST(damaged_hspy_files_never_crash)
{
    const char *path = temporary("damage.hspy");
    eel_hspy_signal s = eel_hspy_signal_named("si", "EELS");
    float values[3 * 6] = {0};
    eel_hspy_file *file;

    eel_hspy_signal_axis(&s, 1, "x", "nm", 3, 0, 1);
    eel_hspy_signal_axis(&s, 0, "Energy loss", "eV", 6, 100, 1);
    strcpy(s.elements, "O");
    assert_ok(eel_hspy_create(&file, path));
    assert_ok(eel_hspy_begin(file, &s));
    assert_ok(eel_hspy_write(file, 0, 3, values));
    assert_ok(eel_hspy_close(file, 1));
    survives_damage(path, 150);
}

TEST(damaged_text_files_never_crash)
{
    const char *path = temporary("damage.msa");

    write_text(path, "#FORMAT      : EMSA/MAS Spectral Data File\n#TITLE : t\n#XUNITS : eV\n"
                     "#NPOINTS : 3\n#DATATYPE : XY\n#XPERCHAN : 1\n#OFFSET : 1\n"
                     "#BEAMKV -kV: 1\n#SPECTRUM : \n1, 1\n2, 2\n3, 3\n#ENDOFDATA : \n");
    survives_damage(path, 500);
    write_text(path, "Energy (eV),Counts\n1,2\n2,3\n3,5\n4,6\n");
    survives_damage(path, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_file_is_named),
        cmocka_unit_test(what_is_no_spectrum_file_is_named),
        cmocka_unit_test(a_long_name_is_refused),
        cmocka_unit_test(values_become_float),
        cmocka_unit_test(the_information_survives_the_way_through_json),
        cmocka_unit_test(zeros_at_the_end_and_no_numbers_at_either_end_are_no_record),
        cmocka_unit_test(zeros_in_front_few_zeros_and_zeros_among_few_counts_are_a_record),
        cmocka_unit_test(a_spectrum_without_counts_says_nothing_of_its_record),
        cmocka_unit_test(a_gap_is_the_widest_stretch_without_numbers_and_of_two_spectra_what_both_have),
        cmocka_unit_test(what_no_spectrum_of_a_file_has_recorded_is_known_and_told),
        cmocka_unit_test(information_with_a_part_missing_or_of_another_kind_is_refused),
        cmocka_unit_test(information_that_cannot_be_is_refused),
        cmocka_unit_test(damaged_dm_files_never_crash),
        cmocka_unit_test(damaged_hspy_files_never_crash),
        cmocka_unit_test(damaged_text_files_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
