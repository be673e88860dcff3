/* Spectra as text: msa files and two columns. */
#include "image_test.h"

static eel_image *opened(const char *name, const char *text)
{
    eel_image *image;
    const char *path = temporary(name);

    write_text(path, text);
    int code = eel_image_open(&image, path, NULL);
    unlink(path);
    assert_ok(code);
    return image;
}

static void refused(const char *name, const char *text, const char *words)
{
    eel_image *image;
    const char *path = temporary(name);

    write_text(path, text);
    int code = eel_image_open(&image, path, NULL);
    unlink(path);
    assert_fails(EEL_EFORMAT, code);
    assert_words(words);
}

static void holds(eel_image *image, double start_ev, double step_ev, uint32_t n,
                  const double *values)
{
    const eel_image_info *info = eel_image_info_of(image);
    double *all = read_all(image, 1);

    assert_int_equal(info->axis.n, n);
    assert_floats(&info->axis.start_ev, &start_ev, 1, 1e-12);
    assert_floats(&info->axis.step_ev, &step_ev, 1, 1e-12);
    assert_floats(all, values, n, 1e-12);
    free(all);
    eel_image_close(image);
}

#define MSA "#FORMAT      : EMSA/MAS Spectral Data File\n#VERSION     : 1.0\n#TITLE       : NiO\n"

TEST(msa_pairs_are_read)
{
    eel_image *image = opened("xy.msa", MSA
        "#NPOINTS     : 3.\n#XUNITS      : eV\n#DATATYPE    : XY\n#XPERCHAN    : 2\n"
        "#OFFSET      : 520\n#SIGNALTYPE  : ELS\n#BEAMKV   -kV: 120.0\n#COLLANGLE-mR: 3.4 \n"
        "#DWELLTIME-ms: 100.\n#SPECTRUM    : Spectral Data Starts Here\n"
        "520, 4066.0\n522, 3932.5\n524, -1\n#ENDOFDATA   : \n");

    const eel_image_info *info = eel_image_info_of(image);
    assert_string_equal(info->format, "msa");
    assert_string_equal(info->title, "NiO");
    assert_true(info->beam_kev == 120 && info->collection_mrad == 3.4);
    assert_true(fabs(info->exposure_s - 0.1) < 1e-12);
    assert_int_equal(info->nav_count, 0);
    assert_int_equal(info->pixels, 1);
    holds(image, 520, 2, 3, (double[]){4066, 3932.5, -1});
}

TEST(msa_values_may_stand_several_in_a_line)
{
    holds(opened("y.msa", MSA "#NPOINTS : 5\n#NCOLUMNS : 3\n#XUNITS : Energy Loss (keV)\n"
                 "#DATATYPE : Y\n#XPERCHAN : 0.5\n#OFFSET : 0.1\n#SPECTRUM : \r\n"
                 "1, 2, 3,\r\n4 5\r\n#ENDOFDATA : \r\n"),
          100, 500, 5, (double[]){1, 2, 3, 4, 5});
}

TEST(msa_files_may_have_decimal_commas)
{
    holds(opened("comma.msa", MSA "#NPOINTS : 3\n#XUNITS : eV\n#DATATYPE : XY\n#XPERCHAN : 0,5\n"
                 "#OFFSET : 99,5\n#SPECTRUM : \n99,5; 1,25\n100,0; 2,0\n100,5\t3\n"),
          99.5, 0.5, 3, (double[]){1.25, 2, 3});
    holds(opened("head.msa", MSA "#XUNITS : eV\n#DATATYPE : Y\n#XPERCHAN : 0,5\n#OFFSET : 99,5\n"
                 "#SPECTRUM : \n1,2\n3\n"), 99.5, 0.5, 3, (double[]){1, 2, 3});
}

TEST(msa_rows_hold_where_the_header_is_rounded)
{
    holds(opened("rounded.msa", MSA "#XUNITS : eV\n#DATATYPE : XY\n#XPERCHAN : 1\n"
                 "#OFFSET : 100\n#SPECTRUM : \n100 1\n102 2\n104 3\n106 4\n"),
          100, 2, 4, (double[]){1, 2, 3, 4});
}

TEST(msa_without_units_is_eels_when_it_says_so)
{
    const char *rest = "#DATATYPE : Y\n#XPERCHAN : 1\n#OFFSET : 7\n#SPECTRUM : \n1\n2\n";
    char text[512];

    snprintf(text, sizeof text, MSA "#SIGNALTYPE : ELS\n#XUNITS : <undefined>\n%s", rest);
    holds(opened("els.msa", text), 7, 1, 2, (double[]){1, 2});
    snprintf(text, sizeof text, MSA "#SIGNALTYPE : \n%s", rest);
    refused("none.msa", text, "without unit");
    snprintf(text, sizeof text, MSA "#SIGNALTYPE : EDS\n#XUNITS : keV\n%s", rest);
    refused("eds.msa", text, "SIGNALTYPE is EDS");
    snprintf(text, sizeof text, MSA "#SIGNALTYPE : ELS\n#XUNITS : nm\n%s", rest);
    refused("nm.msa", text, "in nm");
}

TEST(msa_values_without_energies_are_refused)
{
    const char *rest = "#XUNITS : eV\n#DATATYPE : Y\n";
    char text[512];

    snprintf(text, sizeof text, MSA "%s#XPERCHAN : -1\n#OFFSET : 9\n#SPECTRUM : \n1\n2\n", rest);
    refused("falling.msa", text, "its energies fall, from 9 eV");
    snprintf(text, sizeof text, MSA "%s#OFFSET : 9\n#SPECTRUM : \n1\n2\n", rest);
    refused("none.msa", text, "no number for OFFSET or XPERCHAN");
    snprintf(text, sizeof text, MSA "%s#NPOINTS : 2\n#OFFSET : 9\n#XPERCHAN : 1\n#SPECTRUM : \n9, 1\n10, 2\n", rest);
    refused("pairs.msa", text, "holds 4 values, its NPOINTS says 2");
}

TEST(msa_files_that_are_cut_or_garbled_are_refused)
{
    refused("cut.msa", MSA "#NPOINTS : 4\n#XUNITS : eV\n#DATATYPE : XY\n#XPERCHAN : 1\n"
            "#OFFSET : 1\n#SPECTRUM : \n1 1\n2 2\n3 3\n", "3 of 4 points");
    refused("empty.msa", MSA "#XUNITS : eV\n#SPECTRUM : \n", "0 channels");
    refused("words.msa", MSA "#XUNITS : eV\n#DATATYPE : Y\n#XPERCHAN : 1\n#OFFSET : 1\n"
            "#SPECTRUM : \n1\nhello\n", "line 10");
}

/* As a power cut leaves them; what stands before would look like a shorter spectrum. */
TEST(zeros_in_the_middle_of_a_text_are_refused)
{
    static const char *const heads[] = {"", MSA "#XUNITS : eV\n#DATATYPE : XY\n#SPECTRUM : \n"};
    static char text[32768];
    eel_image *image;

    for (int i = 0; i < 2; i++) {
        int n = snprintf(text, sizeof text, "%s", heads[i]);
        for (int row = 0; row < 2000; row++)
            n += snprintf(text + n, sizeof text - (size_t)n, "%d 7.5\n", 100 + row);
        memset(text + n - n / 4, 0, 512);
        write_bytes(temporary("zeros.txt"), text, (size_t)n);
        int code = eel_image_open(&image, test_path, NULL);
        unlink(test_path);
        assert_fails(EEL_EFORMAT, code);
        assert_words("zero byte");
    }
}

TEST(two_columns_are_read_with_any_separator)
{
    const double values[] = {10, 20.5, 30};

    holds(opened("a.csv", "Energy (eV),Intensity,,\n100,10\n100.5,20.5,,note\n101,30\n"), 100, 0.5,
          3, values);
    holds(opened("b.txt", "# a comment [0]\n100\t10\n100.5\t20.5\n101\t30\n"), 100, 0.5, 3, values);
    holds(opened("c.txt", "\xef\xbb\xbf" "100 10\r\n100.5 20.5\r\n101 30\r\n"), 100, 0.5, 3,
          values);
    holds(opened("d.csv", "Energie (eV);Z\xc3\xa4hler\n100,0;10\n100,5;20,5\n101,0;30\n"), 100, 0.5,
          3, values);
}

TEST(falling_energies_are_turned_round)
{
    holds(opened("down.csv", "3,30\n2,20\n1,10\n"), 1, 1, 3, (double[]){10, 20, 30});
}

TEST(a_unit_in_the_heading_counts)
{
    holds(opened("kev.csv", "energy [keV],counts\n0.1,1\n0.2,2\n"), 100, 100, 2, (double[]){1, 2});
    holds(opened("slash.csv", "Energy / keV;counts\n0.1;1\n0.2;2\n"), 100, 100, 2, (double[]){1, 2});
    holds(opened("row.txt", "Energy\tcounts\nkeV\t\n0.1\t1\n0.2\t2\n"), 100, 100, 2, (double[]){1, 2});
    holds(opened("comment.csv", "# keV, counts\n0.1, 1\n0.2, 2\n"), 100, 100, 2, (double[]){1, 2});
    holds(opened("beam.csv", "Voltage 200 keV\n# at 200 keV\n# in keV or eV\nDate 01/02/2020\nPixel size,1\n1,1\n2,2\n"), 1, 1, 2,
          (double[]){1, 2});
    refused("twice.csv", "Energy (keV),counts\n400,1\n401,2\n", "go up to 401000 eV, expected at most 100000");
    refused("channel.csv", "Channel,counts\n0,1\n1,2\n", "in channels");
    refused("slash.csv", "Wavelength / nm,counts\n400,1\n401,2\n", "in nm");
    refused("nm.csv", "Wavelength (nm),counts\n400,1\n401,2\n", "in nm");
}

TEST(headings_say_which_column_holds_the_energies)
{
    static const char *const second[] = {"counts,energy", "Intensity (a.u.);Energy loss (eV)",
                                         "\"STO\",\"E-loss [eV]\"", "# counts energy",
                                         "Counts\tEnergy\na.u.\teV", "counts (a.u.) energy (eV)"};
    static const char *const first[] = {"energy,counts", "eV,counts/eV", "sample 2,low loss", "# STO, energy",
                                        "# low loss", "Energy loss,Energy", "a,b"};
    char text[128];

    for (size_t i = 0; i < sizeof second / sizeof *second; i++) {
        snprintf(text, sizeof text, "%s\n10\t100\n20\t100.5\n15\t101\n", second[i]);
        holds(opened("second.csv", text), 100, 0.5, 3, (double[]){10, 20, 15});
    }
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        snprintf(text, sizeof text, "%s\n100,10\n100.5,20\n101,15\n", first[i]);
        holds(opened("first.csv", text), 100, 0.5, 3, (double[]){10, 20, 15});
    }
    holds(opened("kev.csv", "counts (k),energy (keV)\n1,0.1\n2,0.2\n"), 100, 100, 2, (double[]){1, 2});
    refused("index.csv", "Channel,Energy (eV)\n0,100\n1,101\n", "in channels");
}

TEST(channels_that_are_counted_are_no_energies)
{
    eel_image *image;

    refused("count.csv", "0,10\n1,20\n2,30\n", "not calibrated");
    refused("count.msa", MSA "#SIGNALTYPE : ELS\n#DATATYPE : Y\n#XPERCHAN : 1\n#OFFSET : 0\n#SPECTRUM : \n1\n2\n", "not calibrated");
    write_text(temporary("count.csv"), "0,10\n1,20\n2,30\n");
    assert_ok(eel_image_open_as(&image, test_path, &(eel_image_options){.axis = "eV"}));
    holds(image, 0, 1, 3, (double[]){10, 20, 30});
    unlink(test_path);
}

TEST(uneven_energies_are_interpolated_onto_even_ones)
{
    eel_image *image = opened("uneven.csv", "0,0\n1,10\n4,40\n3.98,39.8\n4,40\n9,90\n10,100\n");
    const eel_image_info *info = eel_image_info_of(image);

    assert_non_null(strstr(info->title, "(rebinned)"));
    assert_int_equal(info->axis.n, 6); /* two rows of 4 eV became one */
    holds(image, 0, 2, 6, (double[]){0, 20, 40, 60, 80, 100});
}

/* Rows from 400 to 449.5 eV without those between 410 and 430 eV; counts are ten times the energy. Energies are divided
 * by unit_ev, behind the gap `later` is added before. */
static void write_gap(char *text, size_t size, double unit_ev, double later)
{
    size_t used = 0;

    for (int i = 0; i < 100; i++) {
        double ev = 400 + 0.5 * i;
        if (ev <= 410 || ev >= 430)
            used += (size_t)snprintf(text + used, size - used, "%.7g, %.7g\n", (ev < 420 ? ev : ev + later) / unit_ev,
                                     10 * ev);
    }
}

static void has_gap(eel_image *image)
{
    double want[100];

    for (int i = 0; i < 100; i++)
        want[i] = i > 20 && i < 60 ? NAN : 4000 + 5 * i;
    holds(image, 400, 0.5, 100, want);
}

TEST(nothing_is_known_in_a_gap_between_energies)
{
    char rows[4096], text[8192];

    write_gap(rows, sizeof rows, 1, 0);
    has_gap(opened("gap.csv", rows));
    snprintf(text, sizeof text, MSA "#XUNITS : eV\n#DATATYPE : XY\n#XPERCHAN : 0.5\n#OFFSET : 400\n#SPECTRUM : \n%s",
             rows);
    has_gap(opened("gap.msa", text));
    write_gap(rows, sizeof rows, 1000, 0);
    snprintf(text, sizeof text, "energy (keV),counts\n%s", rows);
    has_gap(opened("kev.csv", text));
}

TEST(rows_behind_a_gap_keep_their_energies)
{
    char rows[4096];

    write_gap(rows, sizeof rows, 1, 0.1); /* within a quarter of a channel of the steps before: taken for there */
    eel_image *image = opened("late.csv", rows);
    double *all = read_all(image, 1);
    assert_int_equal(eel_image_info_of(image)->axis.n, 100);
    assert_true(isnan(all[59]) && all[60] == 4300 && fabs(all[80] - 4399) < 1e-9 && fabs(all[99] - 4494) < 1e-9);
    free(all);
    eel_image_close(image);
}

TEST(energies_that_start_again_are_refused_with_the_row)
{
    refused("twice.csv", "1,1\n2,2\n3,3\n1,1\n2,2\n3,3\n", "row 4");
    refused("inf.csv", "1,1\ninf,2\n3,3\n", "row 2");
    refused("same.csv", "1,1\n1,2\n1,3\n", "all energies are 1");
}

TEST(lines_that_are_no_spectrum_are_refused_by_number)
{
    refused("three.csv", "1,1,1\n2,2,2\n", "line 1: three or more numbers");
    refused("one.csv", "1,1\n2\n3,3\n", "line 2: one number");
    refused("words.csv", "1,1\n2,2\nend of file\n", "line 3: no numbers");
    refused("prose.txt", "nothing but words\nin two lines\n", "of no known format");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(msa_pairs_are_read),
        cmocka_unit_test(msa_values_may_stand_several_in_a_line),
        cmocka_unit_test(msa_files_may_have_decimal_commas),
        cmocka_unit_test(msa_rows_hold_where_the_header_is_rounded),
        cmocka_unit_test(msa_without_units_is_eels_when_it_says_so),
        cmocka_unit_test(msa_values_without_energies_are_refused),
        cmocka_unit_test(msa_files_that_are_cut_or_garbled_are_refused),
        cmocka_unit_test(zeros_in_the_middle_of_a_text_are_refused),
        cmocka_unit_test(two_columns_are_read_with_any_separator),
        cmocka_unit_test(falling_energies_are_turned_round),
        cmocka_unit_test(a_unit_in_the_heading_counts),
        cmocka_unit_test(headings_say_which_column_holds_the_energies),
        cmocka_unit_test(channels_that_are_counted_are_no_energies),
        cmocka_unit_test(uneven_energies_are_interpolated_onto_even_ones),
        cmocka_unit_test(nothing_is_known_in_a_gap_between_energies),
        cmocka_unit_test(rows_behind_a_gap_keep_their_energies),
        cmocka_unit_test(energies_that_start_again_are_refused_with_the_row),
        cmocka_unit_test(lines_that_are_no_spectrum_are_refused_by_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
