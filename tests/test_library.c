#include "test.h"

#include <unistd.h>

#include "eels/elements.h"
#include "eels/library.h"

static char path[256];

static void write_file(const char *text)
{
    snprintf(path, sizeof path, "%s/test_library.txt", EEL_BINARY_DIR);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static char *whole_file(const char *name, long *size)
{
    FILE *in = fopen(name, "r");
    assert_non_null(in);
    fseek(in, 0, SEEK_END);
    *size = ftell(in);
    rewind(in);
    char *text = malloc((size_t)*size + 1);
    assert_int_equal(fread(text, 1, (size_t)*size, in), *size);
    fclose(in);
    return text;
}

#define HEAD "eelstream edge library 1\n"
#define BODY "compound diamond\nedge C K\nonset 289.4\nend 60\nsource a test\n"
#define GOOD HEAD "\nshape one\n" BODY "g 1.1 0.6 0.62\ng 6.4 4.8 0.91\n"

/* L7: a Gaussian is height exp(-(e - centre)^2 / (2 sigma^2)). L10: C K belongs to carbon. */
TEST(a_shape_is_read_and_sampled)
{
    eel_library library;
    float values[3];
    write_file(GOOD "# a comment\n\n\nshape two\nedge La M4,5\nheld-out\nonset 832\ng 0 2 1\n"
               "compound LaB6\nsource a test\nend 30\n");

    assert_ok(eel_library_read(&library, path));
    eel_shape_sample(&library.shapes[0], 1.1, .1, values, 3);

    assert_int_equal(library.count, 2);
    assert_int_equal(library.shapes[0].element, eel_element_find("C"));
    assert_int_equal(library.shapes[0].held_out, 0);
    assert_int_equal(library.shapes[1].element, -1);
    assert_int_equal(library.shapes[1].held_out, 1);
    assert_string_equal(library.shapes[1].compound, "LaB6");
    for (int i = 0; i < 3; i++) {
        double e = 1.1 + .1 * i, u = (e - 1.1) / .6, v = (e - 6.4) / 4.8;
        double want = .62 * exp(-u * u / 2) + .91 * exp(-v * v / 2);
        assert_float_equal(values[i], want, 1e-6);
    }
    eel_library_release(&library);
}

static void refused(int code, const char *text, const char *words)
{
    eel_library library = {7, NULL};
    write_file(text);

    assert_fails(code, eel_library_read(&library, path));

    assert_words(words);
    assert_int_equal(library.count, 7);
}

/* L1 to L6, L11. */
TEST(what_breaks_the_format_is_named_with_its_line)
{
    char line[1200], many[8000] = HEAD "\nshape one\n" BODY;

    refused(EEL_EFORMAT, "", ":1: \"\"");
    refused(EEL_EFORMAT, "eelstream edge library 2\n", ":1: \"eelstream edge library 2\"");
    refused(EEL_EFORMAT, HEAD "\nshape a b\n" BODY "g 1 1 1\n", ":3: a space in the id");
    refused(EEL_EFORMAT, HEAD "\nshape a\n" BODY "g 1 1\n", ":9: height is \"\"");
    refused(EEL_EFORMAT, HEAD "\nshape a\n" BODY "g 1 1 1 1\n", ":9: \"1\" after");
    refused(EEL_EFORMAT, HEAD "\nshape a\n" BODY "g 1 0 1\n", ":9: sigma is \"0 1\"");
    refused(EEL_EFORMAT, HEAD "\nshape a\n" BODY "g nan 1 1\n", ":9: centre is \"nan 1 1\"");
    refused(EEL_EFORMAT, HEAD "\nshape a\n" BODY "g 1 1 1x\n", ":9: height is \"1x\"");
    refused(EEL_EFORMAT, HEAD "\nshape a\n" BODY "g  1 1 1\n", ":9: ");
    refused(EEL_EFORMAT, HEAD "\nshape a\n" BODY "onset 5\n", ":9: a second \"onset\"");
    refused(EEL_EFORMAT, HEAD "\nshape a\n" BODY "held-out\nheld-out\n", ":10: ");
    refused(EEL_EFORMAT, HEAD "\nshape a\n" BODY, "without \"g\"");
    refused(EEL_EFORMAT, HEAD "\nshape a\nonset 3\n\n", ":5: shape a ends without \"compound\"");
    refused(EEL_EFORMAT, HEAD "\nshape a\ncolour red\n", ":4: \"colour red\", expected");
    refused(EEL_EFORMAT, HEAD "\nedge O K\n", ":3: \"edge O K\", expected \"shape ID\"");
    refused(EEL_EFORMAT, HEAD "\nshape a\nsource \x01\n", ":4: byte 1");
    refused(EEL_EFORMAT, GOOD "\nshape one\n" BODY "g 1 1 1\n", "two shapes with the id one");
    memset(line, 'x', sizeof line);
    memcpy(line, HEAD, strlen(HEAD));
    line[sizeof line - 1] = 0;
    refused(EEL_EFORMAT, line, ":2: a line of more than 512 bytes");
    for (int i = 0; i < EEL_GAUSSIANS_MAX + 1; i++)
        strcat(many, "g 1 1 1\n");
    refused(EEL_ELIMIT, many, "more than 64 Gaussians");
}

TEST(too_many_shapes_are_refused)
{
    eel_library library;
    write_file(HEAD);
    FILE *out = fopen(path, "a");
    for (int i = 0; i <= EEL_SHAPES_MAX; i++)
        fprintf(out, "\nshape s%d\n" BODY "g 1 1 1\n", i);
    fclose(out);

    assert_fails(EEL_ELIMIT, eel_library_read(&library, path));
    assert_words("more than 8192 shapes");
}

TEST(a_missing_file_is_named)
{
    eel_library library;

    assert_fails(EEL_EIO, eel_library_read(&library, "/nowhere/edges.txt"));
    assert_words("/nowhere/edges.txt");
}

/* L12: numbers read back as the same numbers. */
TEST(what_is_written_reads_back_exactly)
{
    eel_shape shape = {.id = "a", .compound = "Fe₂O₃", .source = "s", .edge = "Fe L2,3",
                       .onset_ev = 1 / 3.0 + 707, .end_ev = 100.1, .held_out = 1, .gaussians = 2,
                       .g = {{-1e-17 / 3, 2 / 3.0, 1}, {0.1, 1e-2 * 3.3, 1e-9 / 7}}};
    eel_library library = {1, &shape}, again;
    write_file("");

    assert_ok(eel_library_write(&library, path));
    assert_ok(eel_library_read(&again, path));

    assert_int_equal(again.shapes[0].element, eel_element_find("Fe"));
    assert_true(again.shapes[0].onset_ev == shape.onset_ev);
    assert_string_equal(again.shapes[0].compound, shape.compound);
    assert_memory_equal(again.shapes[0].g, shape.g, 2 * sizeof *shape.g);
    eel_library_release(&again);
}

TEST(what_would_not_read_back_is_not_written)
{
    eel_shape shape = {.id = "a b", .compound = "c", .source = "s", .edge = "O K",
                       .onset_ev = 532, .end_ev = 100, .gaussians = 1, .g = {{0, 1, 1}}};
    eel_library library = {1, &shape};
    write_file("");
    unlink(path);

    assert_fails(EEL_EARGS, eel_library_write(&library, path));
    strcpy(shape.id, "a");
    strcpy(shape.source, "two\nlines");
    assert_fails(EEL_EARGS, eel_library_write(&library, path));
    shape.source[3] = 0;
    shape.gaussians = 0;
    assert_fails(EEL_EARGS, eel_library_write(&library, path));
    shape.gaussians = 1;
    shape.g[0].height = EEL_HEIGHT_MAX + 1;
    assert_fails(EEL_EARGS, eel_library_write(&library, path));
    assert_words("1001 high");

    assert_int_equal(access(path, F_OK), -1);
}

static eel_library shipped;

static void read_shipped(void)
{
    if (!shipped.count)
        assert_ok(eel_library_read(&shipped, EEL_SOURCE_DIR "/lib/eels/edges.txt"));
}

TEST(the_shipped_library_is_written_as_it_reads)
{
    long size, copied;
    read_shipped();
    write_file("");

    assert_ok(eel_library_write(&shipped, path));

    char *text = whole_file(EEL_SOURCE_DIR "/lib/eels/edges.txt", &size);
    char *copy = whole_file(path, &copied);
    assert_int_equal(size, copied);
    assert_memory_equal(text, copy, (size_t)size);
    free(text);
    free(copy);
}

TEST(the_shipped_shapes_rise_to_one_and_are_flat_well_before_the_onset)
{
    static float values[3401]; /* -25 to +60 eV */
    read_shipped();

    for (int i = 0; i < shipped.count; i++) {
        const eel_shape *shape = &shipped.shapes[i];
        eel_shape_sample(shape, -25, .025, values, 3401);
        double top = 0, before = 0;
        for (int k = 0; k < 3401; k++)
            top = fmax(top, values[k]);
        for (int k = 0; k < 600; k++)
            before = fmax(before, values[k]);
        if (fabs(top - 1) > .01 || before > .03)
            fail_msg("%s: top %g, before the onset %g", shape->id, top, before);
    }
}

TEST(the_shipped_library_has_many_shapes_and_holds_compounds_out)
{
    int count[EEL_ELEMENTS] = {0}, held[EEL_ELEMENTS] = {0};
    read_shipped();

    for (int i = 0; i < shipped.count; i++) {
        int element = shipped.shapes[i].element;
        assert_in_range(element, 0, EEL_ELEMENTS - 1);
        assert_true(fabs(shipped.shapes[i].onset_ev - eel_elements[element].onset_ev) < 10);
        count[element]++;
        held[element] += shipped.shapes[i].held_out;
        for (int k = 0; k < i; k++) {
            if (shipped.shapes[k].element == element &&
                strcmp(shipped.shapes[k].compound, shipped.shapes[i].compound) == 0)
                assert_int_equal(shipped.shapes[k].held_out, shipped.shapes[i].held_out);
        }
    }

    for (int i = 0; i < EEL_ELEMENTS; i++) {
        int few = strcmp(eel_elements[i].symbol, "Ar") == 0; /* one compound: the gas */
        assert_true(count[i] >= (few ? 4 : 10));
        assert_true(held[i] < count[i] / 2);
    }
    assert_true(count[eel_element_find("O")] >= 100);
    assert_true(held[eel_element_find("O")] >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shape_is_read_and_sampled),
        cmocka_unit_test(what_breaks_the_format_is_named_with_its_line),
        cmocka_unit_test(too_many_shapes_are_refused),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(what_is_written_reads_back_exactly),
        cmocka_unit_test(what_would_not_read_back_is_not_written),
        cmocka_unit_test(the_shipped_library_is_written_as_it_reads),
        cmocka_unit_test(the_shipped_shapes_rise_to_one_and_are_flat_well_before_the_onset),
        cmocka_unit_test(the_shipped_library_has_many_shapes_and_holds_compounds_out),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    eel_library_release(&shipped);
    return failed;
}
