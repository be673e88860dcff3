/* The forward model: what it promises of axes, labels, repeatability and the paper's ranges. */
#include "test.h"
#include "eels/background.h"
#include "eels/resample.h"
#include "eels/shapes.h"
#include "eels/specimen.h"
#include "eels/synth.h"

static eel_library empty;
static eel_spectrum a, b;

static eel_synth *open_synth(eel_synth_kind kind)
{
    eel_synth *synth = NULL;
    assert_ok(eel_synth_new(&synth, kind, &empty, 0));
    return synth;
}

TEST(resampling_conserves_counts)
{
    eel_axis from = {100, 0.37, 2000}, to = eel_axis_net();
    static float counts[2000], out[EEL_NET_CHANNELS];
    eel_resample *plan;
    double in = 0, sum = 0;

    for (int i = 0; i < 2000; i++)
        counts[i] = (float)(1000 + 300 * sin(i * 0.05) + (i == 700 ? 5000 : 0));
    assert_ok(eel_resample_new(&plan, &from, &to));
    eel_resample_row(plan, counts, out);

    const eel_axis *covered = eel_resample_axis(plan);
    double low = covered->start_ev - 0.1, high = low + covered->n * 0.2;
    for (int i = 0; i < 2000; i++) { /* end channels count with the share that is covered */
        double from_ev = fmax(100 + (i - 0.5) * 0.37, low), to_ev = fmin(100 + (i + 0.5) * 0.37, high);
        in += to_ev > from_ev ? counts[i] * (to_ev - from_ev) / 0.37 : 0;
    }
    for (uint32_t i = 0; i < covered->n; i++)
        sum += out[i];
    assert_true(fabs(sum / in - 1) < 1e-5);
    eel_resample_free(plan);
}

/* Axes from much finer to much coarser: those whose channels are summed a vector at once, and others. */
TEST(every_new_channel_has_its_share_of_a_straight_line)
{
    static const double steps[] = {0.05, 0.073, 0.1, 0.15, 0.2, 0.249, 0.5, 3.3};
    eel_axis to = eel_axis_net();
    static float counts[1500], out[EEL_NET_CHANNELS];

    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        eel_axis from = {120, steps[s], 1500};
        eel_resample *plan;
        for (int i = 0; i < 1500; i++) /* 1000 counts per eV at 120 eV, 3 more with each eV */
            counts[i] = (float)(steps[s] * (1000 + 3 * i * steps[s]));
        assert_ok(eel_resample_new(&plan, &from, &to));
        eel_resample_row(plan, counts, out);

        const eel_axis *covered = eel_resample_axis(plan);
        uint32_t end = (uint32_t)(2 * steps[s] / 0.2) + 1; /* channels that the ends bend */
        for (uint32_t i = end; i + end < covered->n; i++)
            assert_float_equal(out[i], 0.2 * (1000 + 3 * (eel_axis_ev(covered, i) - 120)), 0.01);
        eel_resample_free(plan);
    }
}

TEST(resampling_onto_the_same_axis_changes_nothing)
{
    eel_axis axis = eel_axis_net();
    static float counts[EEL_NET_CHANNELS], out[EEL_NET_CHANNELS];
    eel_resample *plan;

    for (int i = 0; i < EEL_NET_CHANNELS; i++)
        counts[i] = (float)(i % 17);
    assert_ok(eel_resample_new(&plan, &axis, &axis));
    eel_resample_row(plan, counts, out);

    assert_int_equal(eel_resample_axis(plan)->n, EEL_NET_CHANNELS);
    assert_floats(out, counts, EEL_NET_CHANNELS, 2e-3);
    eel_resample_free(plan);
}

TEST(axes_that_do_not_meet_are_refused)
{
    eel_axis from = {-40, 0.1, 1000}, to = eel_axis_net();
    eel_resample *plan;

    assert_fails(EEL_EFORMAT, eel_resample_new(&plan, &from, &to));
    assert_words("outside the network's 64.4 to 1000.0 eV");
    assert_fails(EEL_EFORMAT, eel_resample_new(&plan, &(eel_axis){350, 0.5, 6}, &to));
    assert_words("349.8 to 352.8 eV has");
    assert_words("of the network's channels, 64.4 to 1000.0 eV, expected 16 or more");
}

TEST(a_power_law_becomes_zero_whatever_its_height)
{
    static float counts[EEL_NET_CHANNELS], x[EEL_NET_CHANNELS];

    for (int i = 0; i < 2000; i++)
        counts[i] = (float)(3e9 * pow(EEL_NET_START_EV + 0.2 * (i + 500), -2.7));
    uint32_t used = eel_normalise(counts, 2000, 500, x);

    assert_int_equal(used, 2000);
    for (int i = 0; i < EEL_NET_CHANNELS; i++)
        assert_true(fabsf(x[i]) < 6e-3f && (i >= 500 && i < 2500 ? 1 : x[i] == 0));
}

TEST(a_power_law_of_few_channels_becomes_zero_too)
{
    float counts[64], x[EEL_NET_CHANNELS];

    for (uint32_t n = EEL_RESAMPLE_LEAST; n <= 64; n++) {
        for (uint32_t i = 0; i < n; i++)
            counts[i] = (float)(3e9 * pow(EEL_NET_START_EV + 0.2 * (i + 500), -2.7));
        assert_int_equal(eel_normalise(counts, n, 500, x), n);
        for (uint32_t i = 0; i < n; i++)
            assert_true(fabsf(x[500 + i]) < 6e-3f);
    }
}

TEST(spectra_without_counts_are_told_apart)
{
    static float counts[300], x[EEL_NET_CHANNELS];

    assert_int_equal(eel_normalise(counts, 300, 0, x), 0);
    for (int i = 0; i < 300; i++)
        counts[i] = NAN;
    assert_int_equal(eel_normalise(counts, 300, 0, x), 0);
}

TEST(dead_channels_at_the_ends_are_not_fitted)
{
    static float counts[2000], x[EEL_NET_CHANNELS];

    for (int i = 0; i < 2000; i++)
        counts[i] = i < 12 || i > 1990 ? 0 : (float)(3e9 * pow(EEL_NET_START_EV + 0.2 * i, -2.7));
    uint32_t used = eel_normalise(counts, 2000, 0, x);

    assert_int_equal(used, 1979);
    assert_true(fabsf(x[1000]) < 6e-3f);
}

/* What a subtracted background leaves before the edge, a little more or less than nothing. */
static const float *edge_on_what_is_left(float left)
{
    static float counts[2000], x[EEL_NET_CHANNELS];

    for (int i = 0; i < 2000; i++) {
        double ev = EEL_NET_START_EV + 0.2 * i;
        counts[i] = i < 625 ? left : (float)(1e4 * pow(ev / 184.4, -2.7));
    }
    assert_int_equal(eel_normalise(counts, 2000, 0, x), 2000);
    return x;
}

TEST(what_is_left_before_an_edge_does_not_tilt_the_rest)
{
    float edge[1375], change = 0;

    memcpy(edge, edge_on_what_is_left(0) + 625, sizeof edge);
    const float *x = edge_on_what_is_left(50);
    for (int i = 0; i < 1375; i++)
        change = fmaxf(change, fabsf(x[625 + i] - edge[i]));
    assert_true(change < 1e-5f);
    x = edge_on_what_is_left(-50);
    for (int i = 0; i < 1375; i++)
        change = fmaxf(change, fabsf(x[625 + i] - edge[i]));
    assert_true(change < 1e-5f);
}

TEST(a_spike_does_not_tilt_a_faint_spectrum)
{
    static float counts[2000], x[EEL_NET_CHANNELS], plain[EEL_NET_CHANNELS];
    double change = 0;

    for (int i = 0; i < 2000; i++)
        counts[i] = (float)(2 * pow((EEL_NET_START_EV + 0.2 * i) / 300, -2.7));
    eel_normalise(counts, 2000, 0, plain);
    counts[1900] += 3e4f;
    eel_normalise(counts, 2000, 0, x);
    for (int i = 0; i < 1900; i++)
        change += fabsf(x[i] - plain[i]) / 1900;
    assert_true(change < 0.3); /* of the fit; 2 % of the spike before it would be more than 1 */
}

/* A flat start of `before` channels, then an edge that rises over 2 eV; its background taken off where level is 0. */
static uint32_t show_edge(int before, float level, float *x)
{
    static float counts[1000];

    for (int i = 0; i < 1000; i++)
        counts[i] = level + 1000 * (float)(1 / (1 + exp(-(i - before - 10) / 2.5)) * pow(1 + i / 2000.0, -3));
    return eel_normalise(counts, 1000, 500, x);
}

TEST(before_an_edge_at_the_start_there_is_as_much_as_it_begins_with)
{
    static float x[EEL_NET_CHANNELS];

    for (int before = 20; before <= 50; before += 15) {
        for (int level = 0; level <= 200; level += 200) {
            assert_int_equal(show_edge(before, (float)level, x), 1000);
            assert_true(x[399] == 0 && x[400] != 0 && x[499] != 0);
            assert_true(x[499] < x[500 + before + 20] - 1);
        }
    }
}

TEST(nothing_is_put_before_backgrounds_edges_far_behind_and_shaded_channels)
{
    static float counts[1000], x[EEL_NET_CHANNELS];

    assert_int_equal(show_edge(200, 200, x), 1000);
    assert_true(x[499] == 0 && x[500] != 0);
    for (int reach = 10; reach <= 160; reach *= 2) {
        for (int i = 0; i < 1000; i++)
            counts[i] = (float)(900 * pow(1 + i / 2000.0, -3) * (1 - 0.6 * exp(-(double)i / reach)));
        assert_int_equal(eel_normalise(counts, 1000, 500, x), 1000);
        assert_true(x[499] == 0 && x[500] != 0);
    }
}

static void check_repeats(eel_synth_kind kind)
{
    eel_synth *one = open_synth(kind), *two = open_synth(kind);

    for (uint64_t i = 0; i < 40; i++)
        eel_synth_draw(one, NULL, 5, i, &a);
    eel_synth_draw(two, NULL, 5, 39, &b);

    assert_int_equal(a.n, b.n);
    assert_int_equal(a.offset, b.offset);
    assert_memory_equal(a.counts, b.counts, a.n * sizeof(float));
    assert_memory_equal(a.labels, b.labels, sizeof a.labels);
    eel_synth_free(one);
    eel_synth_free(two);
}

TEST(a_spectrum_depends_on_seed_and_index_alone)
{
    check_repeats(EEL_SYNTH_PAPER);
    check_repeats(EEL_SYNTH_REAL);
}

TEST(the_papers_spectra_hold_one_to_six_edges_in_its_jump_ranges)
{
    eel_synth *synth = open_synth(EEL_SYNTH_PAPER);
    int of_count[7] = {0}, n = 2000;

    for (int i = 0; i < n; i++) {
        int count = 0;
        eel_synth_draw(synth, NULL, 3, (uint64_t)i, &a);
        assert_int_equal(a.n, EEL_PAPER_CHANNELS);
        for (int e = 0; e < EEL_ELEMENTS; e++) {
            count += a.labels[e] == EEL_PRESENT;
            assert_true(a.labels[e] == EEL_PRESENT
                            ? a.jumps[e] >= 0.15f && a.jumps[e] <= (float)eel_elements[e].jump_max
                            : a.jumps[e] == 0);
        }
        assert_in_range(count, 1, 6);
        of_count[count]++;
    }
    static const double share[] = {0, 0.20, 0.20, 0.20, 0.15, 0.15, 0.10};
    for (int k = 1; k <= 6; k++)
        assert_true(fabs(of_count[k] / (double)n - share[k]) < 0.04);
    eel_synth_free(synth);
}

TEST(a_window_of_the_papers_spectrum_is_that_part_of_it)
{
    eel_synth *synth = open_synth(EEL_SYNTH_PAPER);
    eel_scene scene = {.axis = {300, 0.2, 1500}};
    int carbon = eel_element_find("C"), oxygen = eel_element_find("O"), copper = eel_element_find("Cu");

    for (uint64_t i = 0; i < 300; i++) {
        eel_synth_draw(synth, NULL, 5, i, &a);
        eel_synth_draw(synth, &scene, 5, i, &b);
        assert_int_equal(b.offset, (int)round((300 - EEL_NET_START_EV) / EEL_NET_STEP_EV));
        assert_int_equal(b.n, 1500);
        assert_memory_equal(b.counts, a.counts + (b.offset - a.offset), 1500 * sizeof *b.counts);
        assert_int_equal(b.labels[oxygen], a.labels[oxygen]);
        assert_int_equal(b.labels[copper], EEL_ABSENT); /* beyond the end, however the axis is off */
        assert_true(b.labels[carbon] != EEL_PRESENT || a.labels[carbon] == EEL_PRESENT);
    }
    eel_synth_free(synth);
}

TEST(specimens_hold_elements_outside_the_twenty_that_are_known)
{
    eel_rng rng = eel_rng_seeded(3, 4);
    int lanthanum_and_nickel = 0;

    assert_int_equal(eel_foreign_find("X"), -1);
    assert_string_equal(eel_foreign_name(eel_foreign_find("K")), "K L2,3");
    for (int i = 0; i < 5000; i++) {
        eel_specimen s = eel_specimen_draw(&rng);
        for (int k = 0; k < s.foreign_count; k++) {
            assert_in_range(s.foreign[k], 0, eel_foreign_count() - 1);
            lanthanum_and_nickel += eel_foreign_element(s.foreign[k]) == 57 &&
                                    s.elements >> eel_element_find("Ni") & 1;
        }
    }
    assert_in_range(lanthanum_and_nickel, 5, 100);
}

TEST(variations_of_the_papers_spectra_are_of_every_kind)
{
    eel_rng rng = eel_rng_seeded(1, 2);
    int doses = 0, windows = 0, faint = 0, white = 0, edgeless = 0;

    for (int i = 0; i < 1000; i++) {
        eel_scene scene;
        eel_scene_vary_paper(&scene, &rng);
        doses += scene.dose > 0;
        windows += scene.axis.n > 0;
        faint += scene.faint;
        white += scene.faint && scene.white > 0;
        edgeless += scene.elements_given && !scene.elements;
        assert_true(scene.axis.n == 0 || (scene.axis.start_ev >= 90 && scene.axis.n >= 1249 &&
                                          eel_axis_ev(&scene.axis, scene.axis.n) <= 1000.5));
    }
    assert_in_range(doses, 400, 600);
    assert_in_range(windows, 300, 500);
    assert_in_range(faint, 180, 320);
    assert_in_range(white, 70, 180);
    assert_in_range(edgeless, 90, 190);
}

/* Of the paper's noise the background of iron's edge has much, that of silicon's hardly any. */
TEST(faint_edges_are_labelled_where_they_rise_above_their_noise)
{
    eel_synth *synth = open_synth(EEL_SYNTH_PAPER);
    eel_scene scene = {.faint = 1, .elements_given = 1};
    int iron = eel_element_find("Fe"), silicon = eel_element_find("Si");
    int fainter = 0, unlabelled = 0;
    eel_spectrum s;
    scene.elements = 1u << iron | 1u << silicon;

    for (uint64_t i = 0; i < 300; i++) {
        eel_synth_draw(synth, &scene, 5, i, &s);
        assert_int_equal(s.labels[silicon], EEL_PRESENT);
        assert_true(s.labels[iron] == EEL_PRESENT || s.jumps[iron] < 1.5);
        fainter += s.jumps[iron] < 0.15f;
        unlabelled += s.labels[iron] == EEL_UNLABELLED;
    }
    assert_in_range(fainter, 50, 250);
    assert_in_range(unlabelled, 50, 250);
    eel_synth_free(synth);
}

/* Standard deviation where nothing but the background of 50 eV to the power -1.88 is. */
TEST(white_noise_is_a_share_of_the_lowest_background_in_every_channel)
{
    eel_synth *synth = open_synth(EEL_SYNTH_PAPER);
    eel_scene scene = {.white = 0.1, .elements_given = 1};
    double ratio = 0;
    eel_spectrum s;

    for (uint64_t i = 0; i < 50; i++) {
        double square = 0, neighbour = 0;
        eel_synth_draw(synth, &scene, 6, i, &s);
        for (uint32_t k = s.n - 1001; k < s.n - 1; k++) {
            double step = s.counts[k] - s.counts[k - 1], next = s.counts[k + 1] - s.counts[k];
            square += step * step;
            neighbour += step * next;
        }
        assert_true(fabs(neighbour / square + 0.5) < 0.1); /* as of numbers that know nothing of each other */
        ratio += sqrt(square / 2000) / s.counts[s.n - 1] / 50;
    }
    assert_true(ratio > 0.05 && ratio < 0.2);
    eel_synth_free(synth);
}

/* Twice the jump ratio adds once more what lies under the onset. */
TEST(a_jump_ratio_is_the_peak_over_what_lies_under_the_onset)
{
    eel_synth *synth = open_synth(EEL_SYNTH_REAL);
    static float once[2000], twice[2000];
    eel_scene scene = {.axis = {400, 0.2, 2000}, .counts = 1000, .jump = 1, .elements_given = 1,
                       .elements = 1u << eel_element_find("O"), .clean = 1};
    double peak = 0;

    eel_synth_expected(synth, &scene, 1, 1, once);
    scene.jump = 2;
    eel_synth_expected(synth, &scene, 1, 1, twice);
    double scale = twice[0] / once[0]; /* the mean over the channels is held */
    for (int i = 0; i < 2000; i++)
        peak = fmax(peak, twice[i] / scale - once[i]);

    double under = once[(int)((525 - 400) / 0.2)]; /* a few eV before the onset */
    assert_true(fabs(peak / under - 1) < 0.15);
    eel_synth_free(synth);
}

TEST(windows_lie_on_the_axis_and_labels_inside_them)
{
    eel_synth *synth = open_synth(EEL_SYNTH_REAL);
    int present = 0, other = 0;

    for (uint64_t i = 0; i < 1500; i++) {
        eel_synth_draw(synth, NULL, 9, i, &a);
        assert_true(a.offset + a.n <= EEL_NET_CHANNELS);
        double start = EEL_NET_START_EV + 0.2 * a.offset, end = start + 0.2 * a.n;
        for (int e = 0; e < EEL_ELEMENTS; e++) {
            if (a.labels[e] != EEL_PRESENT)
                continue;
            present++; /* 15 eV and 1.5 % off at the most, and a chemical shift */
            assert_true(eel_elements[e].onset_ev > start - 45 && eel_elements[e].onset_ev < end + 45);
        }
        other += a.labels[EEL_CLASS_OTHER] == EEL_PRESENT;
        for (uint32_t k = 0; k < a.n; k++)
            assert_true(isfinite(a.counts[k]));
    }
    assert_in_range(present, 1800, 5000);
    assert_in_range(other, 300, 900);
    eel_synth_free(synth);
}

/* A program that takes a background off sets the channels before its window to zero. */
TEST(of_some_spectra_the_background_was_fitted_and_taken_off)
{
    eel_synth *synth = open_synth(EEL_SYNTH_REAL);
    int zeroed = 0;

    for (uint64_t i = 0; i < 1000; i++) {
        uint32_t k = 0;
        double sum = 0;
        eel_synth_draw(synth, NULL, 9, i, &a);
        while (k < a.n && a.counts[k] == 0)
            k++;
        for (uint32_t c = k; c < a.n; c++)
            sum += a.counts[c];
        zeroed += k > a.n / 16 && sum > 0; /* no dead channels: those are fewer */
    }
    assert_in_range(zeroed, 20, 150);
    eel_synth_free(synth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resampling_conserves_counts),
        cmocka_unit_test(every_new_channel_has_its_share_of_a_straight_line),
        cmocka_unit_test(resampling_onto_the_same_axis_changes_nothing),
        cmocka_unit_test(axes_that_do_not_meet_are_refused),
        cmocka_unit_test(a_power_law_becomes_zero_whatever_its_height),
        cmocka_unit_test(a_power_law_of_few_channels_becomes_zero_too),
        cmocka_unit_test(spectra_without_counts_are_told_apart),
        cmocka_unit_test(dead_channels_at_the_ends_are_not_fitted),
        cmocka_unit_test(before_an_edge_at_the_start_there_is_as_much_as_it_begins_with),
        cmocka_unit_test(nothing_is_put_before_backgrounds_edges_far_behind_and_shaded_channels),
        cmocka_unit_test(what_is_left_before_an_edge_does_not_tilt_the_rest),
        cmocka_unit_test(a_spike_does_not_tilt_a_faint_spectrum),
        cmocka_unit_test(a_spectrum_depends_on_seed_and_index_alone),
        cmocka_unit_test(the_papers_spectra_hold_one_to_six_edges_in_its_jump_ranges),
        cmocka_unit_test(a_window_of_the_papers_spectrum_is_that_part_of_it),
        cmocka_unit_test(specimens_hold_elements_outside_the_twenty_that_are_known),
        cmocka_unit_test(variations_of_the_papers_spectra_are_of_every_kind),
        cmocka_unit_test(faint_edges_are_labelled_where_they_rise_above_their_noise),
        cmocka_unit_test(white_noise_is_a_share_of_the_lowest_background_in_every_channel),
        cmocka_unit_test(a_jump_ratio_is_the_peak_over_what_lies_under_the_onset),
        cmocka_unit_test(windows_lie_on_the_axis_and_labels_inside_them),
        cmocka_unit_test(of_some_spectra_the_background_was_fitted_and_taken_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
