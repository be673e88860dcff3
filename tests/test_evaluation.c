/* evaluation: what `eelstream score` is made of when it answers a question by itself. */
#include "test.h"
#include <unistd.h>
#include "score/kong2022.h"
#include "score/labels_file.h"
#include "score/lone_edge.h"
#include "score/spread.h"
#include "score/table.h"
#include "score/threshold_search.h"

/* ---- search of the lowest height ---- */

typedef struct {
    double limits[3]; /* recognised from these heights on */
    int questions;
} fake;

static void ask(void *context, const double *heights, int *seen, int n)
{
    fake *f = context;

    f->questions++;
    for (int i = 0; i < n; i++)
        seen[i] = heights[i] >= f->limits[i];
}

TEST(the_lowest_height_is_found_within_the_ratio)
{
    fake f = {.limits = {0.0123, 0.4, 2.9}};
    double lowest[3];

    eel_search_lowest(lowest, 3, 0.002, 3, 1.01, ask, &f);

    for (int i = 0; i < 3; i++) {
        assert_true(lowest[i] >= f.limits[i]);
        assert_true(lowest[i] <= f.limits[i] * 1.01);
    }
    assert_in_range(f.questions, 10, 13);
}

TEST(what_is_never_or_always_recognised_is_told_apart)
{
    fake f = {.limits = {INFINITY, 0, 1}};
    double lowest[3];

    eel_search_lowest(lowest, 3, 0.002, 3, 1.05, ask, &f);

    assert_true(isinf(lowest[0]));
    assert_true(lowest[1] == 0.002);
    assert_true(lowest[2] >= 1 && lowest[2] <= 1.05);
}

/* ---- the paper ---- */

TEST(table_4_of_the_paper_is_about_the_same_edges)
{
    /* PSNR over jump ratio is the background at the onset in units of the noise: it falls with
     * energy, and only what the paper took as onset blurs it. */
    for (int e = 0; e < EEL_ELEMENTS; e++) {
        double sd = eel_lone_background(EEL_LONE_LAST_EV) / 10;
        double theirs = eel_kong_table4[e].psnr / eel_kong_table4[e].jump;
        double ours = eel_lone_background(eel_elements[e].onset_ev) / sd;

        assert_true(theirs > 0.6 * ours && theirs < 1.6 * ours);
    }
}

TEST(a_lone_edge_begins_at_its_onset_and_has_height_1)
{
    eel_shape shape = {.element = 3,
                       .onset_ev = 532,
                       .end_ev = 60,
                       .gaussians = 2,
                       .g = {{5, 2, 1}, {30, 15, 0.4}}};
    float edge[EEL_PAPER_CHANNELS], highest = 0;

    eel_lone_edge(&shape, edge);

    for (int i = 0; i < EEL_PAPER_CHANNELS; i++)
        highest = fmaxf(highest, edge[i]);
    assert_float_equal(highest, 1, 0.01);
    assert_true(edge[(int)((500 - EEL_PAPER_START_EV) / EEL_NET_STEP_EV)] < 0.01f);
    assert_true(edge[(int)((537 - EEL_PAPER_START_EV) / EEL_NET_STEP_EV)] > 0.9f);
    assert_true(edge[EEL_PAPER_CHANNELS - 1] > 0); /* the tail goes on */
}

/* ---- box plot ---- */

TEST(a_box_has_the_quartiles_whiskers_and_outliers_of_tukey)
{
    float values[] = {9, 2, 3, 4, 5, 6, 7, 8, 1, 100};

    eel_spread box = eel_spread_of(values, 10);

    assert_true(fabs(box.first_quartile - 3.25) < 1e-9);
    assert_true(fabs(box.median - 5.5) < 1e-9);
    assert_true(fabs(box.third_quartile - 7.75) < 1e-9);
    assert_true(box.low_whisker == 1 && box.high_whisker == 9);
    assert_true(box.lowest == 1 && box.highest == 100);
    assert_true(fabs(box.outliers - 0.1) < 1e-9);
    assert_true(fabs(box.mean - 14.5) < 1e-9);
}

TEST(one_value_is_a_box_too)
{
    float value = 0.5f;

    eel_spread box = eel_spread_of(&value, 1);

    assert_true(box.first_quartile == 0.5 && box.high_whisker == 0.5 && box.outliers == 0);
}

/* ---- tables ---- */

static void read_back(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, size - 1, file)] = 0;
    fclose(file);
}

TEST(a_table_is_saved_as_csv_and_as_markdown)
{
    char folder[] = "/tmp/eel_table.XXXXXX", path[64], text[512];
    eel_table *table;
    assert_non_null(mkdtemp(folder));

    assert_ok(eel_table_new(&table, "Edges", "edge\tjump"));
    eel_table_row(table, "%s\t%.3f", "L2,3 \"white\"", 0.0884);
    eel_table_row(table, "none\t");
    eel_table_note(table, "Two %s.", "rows");
    assert_ok(eel_table_save(table, folder, "edges"));

    snprintf(path, sizeof path, "%s/edges.csv", folder);
    read_back(path, text, sizeof text);
    assert_string_equal(text, "edge,jump\n\"L2,3 \"\"white\"\"\",0.088\nnone,\n");
    unlink(path);
    snprintf(path, sizeof path, "%s/edges.md", folder);
    read_back(path, text, sizeof text);
    assert_string_equal(text,
                        "| edge | jump |\n|---|---|\n| L2,3 \"white\" | 0.088 |\n| none |  |\n"
                        "\nTwo rows.\n");
    unlink(path);
    rmdir(folder);
    eel_table_free(table);
}

TEST(numbers_of_a_table_are_numbers_in_json)
{
    eel_table *table;

    assert_ok(eel_table_new(&table, "Edges", "edge\tjump\trest"));
    eel_table_row(table, "O K\t0.5\t");
    json_t *rows = eel_table_to_json(table);

    json_t *row = json_array_get(rows, 0);
    assert_string_equal(json_string_value(json_object_get(row, "edge")), "O K");
    assert_true(json_real_value(json_object_get(row, "jump")) == 0.5);
    assert_true(json_is_null(json_object_get(row, "rest")));
    json_decref(rows);
    eel_table_free(table);
}

/* ---- label files ---- */

static char label_path[] = "/tmp/eel_labels.XXXXXX";

static int read_labels(eel_labels *labels, const char *text)
{
    FILE *file = fopen(label_path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return eel_labels_read(labels, label_path);
}

TEST(files_and_their_elements_are_read)
{
    eel_labels labels;
    char path[128];

    assert_ok(read_labels(&labels, "\xef\xbb\xbf" "Elements,notes, file,window ,group,axis\r\n"
                                   "O;Ti,\"white, \"\"sharp\"\"\nlines\",a b.dm3, 400:600 ,raw,400:0.5\r\n"
                                   "\n"
                                   "\"La_M; O_K\",,\"/data/b,c.msa\",,\n"
                                   ",,empty.msa"));

    assert_int_equal(labels.count, 3);
    assert_true(labels.rows[0].has[8] && labels.rows[0].has[22] && !labels.rows[0].has[57]);
    assert_string_equal(labels.rows[0].window, "400:600");
    assert_string_equal(labels.rows[0].group, "raw");
    assert_string_equal(labels.rows[0].axis, "400:0.5");
    assert_ok(eel_labels_path(path, sizeof path, &labels, &labels.rows[0]));
    assert_string_equal(path, "/tmp/a b.dm3");
    assert_true(labels.rows[1].has[8] && labels.rows[1].has[57]);
    assert_null(labels.rows[1].window);
    assert_ok(eel_labels_path(path, sizeof path, &labels, &labels.rows[1]));
    assert_string_equal(path, "/data/b,c.msa");
    for (int z = 0; z <= EEL_ATOMIC_NUMBER_MAX; z++)
        assert_int_equal(labels.rows[2].has[z], 0);
    assert_string_equal(labels.rows[2].group, "");
    eel_labels_release(&labels);
}

TEST(what_is_wrong_in_a_label_file_is_named_with_its_line)
{
    eel_labels labels;

    assert_fails(EEL_EFORMAT, read_labels(&labels, "file,elements\na.msa,O\n\nb.msa,oxygen\n"));
    assert_words("line 4: 'oxygen' is no element");
    assert_fails(EEL_EFORMAT, read_labels(&labels, "file,elements\n,O\n"));
    assert_words("line 2: the file is missing");
    assert_fails(EEL_EFORMAT, read_labels(&labels, "file,elements\na.msa\n"));
    assert_words("line 2: the cell of its elements is missing");
    assert_fails(EEL_EFORMAT, read_labels(&labels, "file,elements\na.msa,O\n\"b,O\n"));
    assert_words("line 3: a quote is not closed");
    assert_fails(EEL_EFORMAT, read_labels(&labels, "file,elements\n\"a\"b,O\n"));
    assert_words("line 2: 'b' after a closing quote");
    assert_fails(EEL_EFORMAT, read_labels(&labels, "name,elements\na.msa,O\n"));
    assert_words("no column \"file\"");
    assert_fails(EEL_EFORMAT, read_labels(&labels, "file,elements\n"));
    assert_words("no rows");
    assert_fails(EEL_EFORMAT, read_labels(&labels, ""));
    assert_fails(EEL_EIO, eel_labels_read(&labels, "/nowhere/labels.csv"));
    assert_words("/nowhere/labels.csv");
}

TEST(too_many_columns_are_refused)
{
    eel_labels labels;
    char text[1024] = "file,elements\n";

    for (int i = 0; i < 200; i++)
        strcat(text, ",");
    assert_fails(EEL_ELIMIT, read_labels(&labels, text));
    assert_words("line 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_height_is_found_within_the_ratio),
        cmocka_unit_test(what_is_never_or_always_recognised_is_told_apart),
        cmocka_unit_test(table_4_of_the_paper_is_about_the_same_edges),
        cmocka_unit_test(a_lone_edge_begins_at_its_onset_and_has_height_1),
        cmocka_unit_test(a_box_has_the_quartiles_whiskers_and_outliers_of_tukey),
        cmocka_unit_test(one_value_is_a_box_too),
        cmocka_unit_test(a_table_is_saved_as_csv_and_as_markdown),
        cmocka_unit_test(numbers_of_a_table_are_numbers_in_json),
        cmocka_unit_test(files_and_their_elements_are_read),
        cmocka_unit_test(what_is_wrong_in_a_label_file_is_named_with_its_line),
        cmocka_unit_test(too_many_columns_are_refused),
    };
    int file = mkstemp(label_path);
    if (file < 0)
        return 1;
    close(file);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(label_path);
    return failed;
}
