/* base: words of errors, option tables, random numbers that repeat. */
#include "test.h"
#include "base/args.h"
#include "base/cpu.h"
#include "base/digits.h"
#include "base/mem.h"
#include "base/pixel.h"
#include "base/replace.h"
#include "base/rng.h"
#include "base/sha256.h"

TEST(words_are_one_line)
{
    assert_fails(EEL_EFORMAT, eel_fail(EEL_EFORMAT, "a.dm3: bad\nline %d", 3));
    assert_string_equal(eel_words(), "a.dm3: bad line 3");
}

TEST(words_can_be_put_in_context)
{
    eel_fail(EEL_EIO, "no such file");
    assert_fails(EEL_EIO, eel_fail_in(EEL_EIO, "%s", "a.dm3"));
    assert_string_equal(eel_words(), "a.dm3: no such file");
}

TEST(misuse_exits_with_2_and_failure_with_1)
{
    assert_int_equal(eel_exit(EEL_OK), 0);
    assert_int_equal(eel_exit(EEL_EARGS), 2);
    assert_int_equal(eel_exit(EEL_EIO), 1);
}

static int workers;
static uint64_t window;
static double offset_ev;
static const char *output, *kinds;
static int json;
static const eel_option options[] = {
    {"workers", 'n', EEL_OPT_INT, &workers, "N", "how many"},
    {"window", 0, EEL_OPT_SIZE, &window, "BYTES", "how much"},
    {"offset", 0, EEL_OPT_REAL, &offset_ev, "EV", "how far"},
    {"output", 'o', EEL_OPT_TEXT, &output, "DIR", "where"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "how"},
    {"kinds", 0, EEL_OPT_NAMES, &kinds, "tif,png,html", "which"},
    {0},
};
static const eel_usage usage = {.name = "tool", .summary = "Try.", .operands = "FILE",
                                .operands_min = 1, .operands_max = 1, .options = options};

static int parse(char **argv)
{
    int first, argc = 0;
    while (argv[argc])
        argc++;
    return eel_args(&usage, argc, argv, &first);
}

TEST(options_reach_their_variables)
{
    char *argv[] = {"tool", "-n", "3",  "--window=16M", "--offset", "-1.5",
                    "-o",   "x",  "in", "--json", "--kinds", "html,png", NULL};

    assert_ok(parse(argv));

    assert_int_equal(workers, 3);
    assert_int_equal(window, 16 << 20);
    assert_true(offset_ev == -1.5);
    assert_string_equal(output, "x");
    assert_string_equal(kinds, "html,png");
    assert_int_equal(json, 1);
}

TEST(misuse_of_options_is_named)
{
    assert_fails(EEL_EARGS, parse((char *[]){"tool", "in", "--workers", "many", NULL}));
    assert_words("'many' is not a whole number");
    assert_fails(EEL_EARGS, parse((char *[]){"tool", "in", "--colour", NULL}));
    assert_words("--colour");
    assert_fails(EEL_EARGS, parse((char *[]){"tool", "in", "--output", NULL}));
    assert_words("needs a value");
    assert_fails(EEL_EARGS, parse((char *[]){"tool", "in", "--kinds", "png,ti", NULL}));
    assert_words("--kinds: 'png,ti' is not a list of tif,png,html");
    assert_fails(EEL_EARGS, parse((char *[]){"tool", "in", "--kinds", "png,", NULL}));
    assert_fails(EEL_EARGS, parse((char *[]){"tool", NULL}));
    assert_words("FILE");
}

TEST(memory_is_aligned_zeroed_and_bounded)
{
    char *memory = eel_alloc(3, 5);

    assert_int_equal((uintptr_t)memory % EEL_MEM_ALIGN, 0);
    for (int i = 0; i < 15; i++)
        assert_int_equal(memory[i], 0);
    assert_null(eel_alloc((size_t)-1 / 2, 4));
    eel_free(memory);
}

TEST(the_same_seed_and_stream_give_the_same_numbers)
{
    eel_rng a = eel_rng_seeded(7, 3), b = eel_rng_seeded(7, 3), c = eel_rng_seeded(7, 4);

    uint64_t first = eel_rng_bits(&a);

    assert_true(first == eel_rng_bits(&b));
    assert_true(first != eel_rng_bits(&c));
}

TEST(poisson_numbers_have_the_mean_and_variance_they_should)
{
    eel_rng rng = eel_rng_seeded(1, 1);
    double means[] = {0.3, 5, 12, 150, 3e6};

    for (int m = 0; m < 5; m++) {
        double sum = 0, squares = 0;
        int n = 40000;
        for (int i = 0; i < n; i++) {
            double k = eel_rng_poisson(&rng, means[m]);
            sum += k;
            squares += (k - means[m]) * (k - means[m]);
        }
        double error = sqrt(means[m] / n);

        assert_true(fabs(sum / n - means[m]) < 5 * error);
        assert_true(fabs(squares / n / means[m] - 1) < 0.05);
    }
}

TEST(pixel_states_have_names)
{
    assert_string_equal(eel_pixel_state_name(EEL_MISSING), "missing");
    assert_string_equal(eel_pixel_state_name(EEL_CANCELLED), "cancelled");
    assert_string_equal(eel_pixel_state_name((eel_pixel_state)77), "unknown");
}

TEST(a_replaced_file_is_the_old_or_the_new_one)
{
    const char *path = EEL_BINARY_DIR "/test_base_replace.txt";
    char text[16] = {0};
    eel_replace file;

    assert_ok(eel_replace_text(path, "old"));
    assert_ok(eel_replace_begin(&file, path));
    FILE *half = fopen(file.temporary, "w");
    assert_fails(EEL_EIO, eel_replace_end(&file, eel_fail(EEL_EIO, "disk full")));
    fclose(half);

    FILE *in = fopen(path, "r");
    assert_int_equal(fread(text, 1, sizeof text, in), 3);
    fclose(in);
    assert_string_equal(text, "old");
    assert_null(fopen(file.temporary, "r"));
    assert_int_equal(remove(path), 0);
    assert_fails(EEL_EIO, eel_replace_text("/nowhere/at/all", "text"));
    assert_words("/nowhere/at/all: cannot be created: No such file");
    assert_fails(EEL_EIO, eel_replace_begin(&file, "/nowhere/at/all"));
}

/* The examples of FIPS 180-4's own documents, and a million times "a". */
TEST(digests_are_those_of_the_standard)
{
    char text[EEL_SHA256_TEXT];
    eel_sha256 sha;

    eel_sha256_start(&sha);
    eel_sha256_end(&sha, text);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    eel_sha256_start(&sha);
    eel_sha256_add(&sha, "abc", 3);
    eel_sha256_end(&sha, text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    eel_sha256_start(&sha);
    eel_sha256_add(&sha, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56);
    eel_sha256_end(&sha, text);
    assert_string_equal(text, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    eel_sha256_start(&sha);
    for (int i = 0; i < 100000; i++)
        eel_sha256_add(&sha, "aaaaaaaaaa", 10);
    eel_sha256_end(&sha, text);
    assert_string_equal(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(a_processor_that_is_too_old_is_told_by_what_it_lacks)
{
    char used[128], missing[128];

    eel_cpu_used(used, sizeof used);
    eel_cpu_missing(0, missing, sizeof missing);
    assert_string_equal(missing, used);
    eel_cpu_missing(eel_cpu_have(), missing, sizeof missing);
    assert_string_equal(missing, "");
}

static void check_digits(double value, int digits)
{
    char got[EEL_DIGITS_BYTES + 1], want[64];

    *eel_digits(got, value, digits) = 0;
    snprintf(want, sizeof want, "%.*g", digits, value);
    assert_string_equal(got, want);
}

TEST(numbers_in_decimal_have_the_bytes_of_printf)
{
    static const double odd[] = {0, 1, 0.5, 0.1, 123456.5, 0.0001234565, 0.00099999995, 999999.5, 9.5, 2.5, 1e22,
                                 1e-4, 1e-5, 9.99999e-5, 9.999995e-5, 0x1p-30, 5e-324, 1e300, INFINITY, NAN};
    eel_rng rng = eel_rng_seeded(1, 0);

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        for (int digits = 1; digits <= EEL_DIGITS_MAX; digits++) {
            check_digits(odd[i], digits);
            check_digits(-odd[i], digits);
        }
    }
    for (int i = 0; i < 100000; i++) {
        double size = pow(10, eel_rng_uniform(&rng, -28, 12));
        check_digits((float)(size * eel_rng_uniform(&rng, -1, 1)), 6);
        check_digits(size * eel_rng_uniform(&rng, -1, 1), 1 + i % EEL_DIGITS_MAX);
        check_digits((i + 0.5) / 1024, 1 + i % EEL_DIGITS_MAX); /* ties */
    }
}

TEST(whole_numbers_have_the_bytes_of_printf)
{
    static const uint64_t numbers[] = {0, 9, 10, 4294967296, UINT64_MAX};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char got[EEL_DIGITS_BYTES + 1], want[32];
        *eel_digits_whole(got, numbers[i]) = 0;
        snprintf(want, sizeof want, "%ju", (uintmax_t)numbers[i]);
        assert_string_equal(got, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_one_line),
        cmocka_unit_test(words_can_be_put_in_context),
        cmocka_unit_test(misuse_exits_with_2_and_failure_with_1),
        cmocka_unit_test(options_reach_their_variables),
        cmocka_unit_test(misuse_of_options_is_named),
        cmocka_unit_test(memory_is_aligned_zeroed_and_bounded),
        cmocka_unit_test(the_same_seed_and_stream_give_the_same_numbers),
        cmocka_unit_test(poisson_numbers_have_the_mean_and_variance_they_should),
        cmocka_unit_test(pixel_states_have_names),
        cmocka_unit_test(a_replaced_file_is_the_old_or_the_new_one),
        cmocka_unit_test(digests_are_those_of_the_standard),
        cmocka_unit_test(a_processor_that_is_too_old_is_told_by_what_it_lacks),
        cmocka_unit_test(numbers_in_decimal_have_the_bytes_of_printf),
        cmocka_unit_test(whole_numbers_have_the_bytes_of_printf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
