/* own: further elements from a library of one's own, in spectra that say where they are. */
#include "test.h"
#include "eels/own.h"

#include <unistd.h>

#define SPECTRA 400

static eel_library empty;
static eel_spectrum spectrum;

/* Two shapes of La M4,5, a step with two lines; one of Sr M4,5; one of Ti. */
static void make_library(eel_library *library)
{
    static eel_shape shapes[4];
    static const struct { const char *id, *edge; double onset_ev; int element, held_out; } of[] = {
        {"a", "La M4,5", 830, -1, 0}, {"b", "La M4,5", 834, -1, 0},
        {"c", "Sr M4,5", 134, -1, 0}, {"d", "Ti L2,3", 456, 7, 0},
    };

    *library = (eel_library){.count = 4, .shapes = shapes};
    for (int i = 0; i < 4; i++) {
        shapes[i] = (eel_shape){.element = of[i].element, .onset_ev = of[i].onset_ev, .end_ev = 80,
                                .held_out = of[i].held_out, .gaussians = 2,
                                .g = {{3, 1.5, 1}, {45, 25, 0.5}}};
        snprintf(shapes[i].id, sizeof shapes[i].id, "%s", of[i].id);
        snprintf(shapes[i].edge, sizeof shapes[i].edge, "%s", of[i].edge);
    }
}

static eel_own *open_own(eel_library *library)
{
    eel_own *own = NULL;

    make_library(library);
    assert_ok(eel_own_new(&own, &empty, library, 0));
    return own;
}

TEST(further_elements_of_the_library_are_classes)
{
    eel_library library;
    eel_own *own = open_own(&library);
    const eel_own_class *classes = eel_own_classes(own);

    assert_int_equal(eel_own_count(own), 2);
    assert_string_equal(classes[0].name, "La");
    assert_string_equal(classes[0].edge.shell, "M4,5");
    assert_int_equal(classes[0].edge.atomic_number, 57);
    assert_float_equal(classes[0].edge.onset_ev, 832, 1e-9);
    assert_string_equal(classes[1].name, "Sr");
    assert_float_equal(classes[1].edge.onset_ev, 134, 1e-9);
    eel_own_free(own);
}

TEST(shapes_kept_from_training_are_not_trained_on_nor_others_asked_about_in_their_place)
{
    eel_library library;
    eel_own *own = NULL;

    make_library(&library);
    assert_fails(EEL_EFORMAT, eel_own_new(&own, &empty, &library, 1));
    assert_words("La: none of its shapes is kept from training");
    library.shapes[2].held_out = 1;
    assert_fails(EEL_EFORMAT, eel_own_new(&own, &empty, &library, 0));
    assert_words("Sr: all of its shapes are kept from training");
    library.shapes[1].held_out = 1;
    assert_ok(eel_own_new(&own, &empty, &library, 1));
    assert_float_equal(eel_own_classes(own)[0].edge.onset_ev, 834, 1e-9);
    eel_own_free(own);
}

/* Mean counts from `from` to `to`; NAN when not all of it was recorded. */
static double level(double from, double to)
{
    int first = (int)((from - EEL_NET_START_EV) / EEL_NET_STEP_EV) - (int)spectrum.offset;
    int last = (int)((to - EEL_NET_START_EV) / EEL_NET_STEP_EV) - (int)spectrum.offset;
    double sum = 0;

    if (first < 0 || last >= (int)spectrum.n)
        return NAN;
    for (int i = first; i < last; i++)
        sum += spectrum.counts[i];
    return sum / (last - first);
}

TEST(spectra_rise_where_an_element_of_ones_own_is_labelled)
{
    eel_library library;
    eel_own *own = open_own(&library);
    double with = 0, without = 0;
    int present = 0, absent = 0, unlabelled = 0;
    uint8_t labels[2];

    for (uint64_t i = 0; i < SPECTRA; i++) {
        eel_own_draw(own, 1, i, &spectrum, labels);
        double before = level(810, 825), rise = level(835, 845) / before;
        unlabelled += labels[0] == EEL_UNLABELLED;
        if (!isfinite(rise) || !(before > 50) || labels[0] == EEL_UNLABELLED)
            continue;
        *(labels[0] == EEL_PRESENT ? &with : &without) += log(fmax(rise, 0.01));
        *(labels[0] == EEL_PRESENT ? &present : &absent) += 1;
    }

    assert_true(present > 10 && absent > 10 && unlabelled > 0);
    assert_true(exp(with / present) > 1.1 * exp(without / absent));
    eel_own_free(own);
}

TEST(an_edge_that_was_not_recorded_is_not_labelled_present)
{
    eel_library library;
    eel_own *own = open_own(&library);
    uint8_t labels[2];

    for (uint64_t i = 0; i < SPECTRA; i++) {
        eel_own_draw(own, 2, i, &spectrum, labels);
        double end = EEL_NET_START_EV + (spectrum.offset + spectrum.n) * EEL_NET_STEP_EV;
        if (end < 810)
            assert_int_not_equal(labels[0], EEL_PRESENT);
    }
    eel_own_free(own);
}

TEST(the_same_seed_gives_the_same_spectra)
{
    eel_library library;
    eel_own *one = open_own(&library), *two = open_own(&library);
    eel_spectrum again;
    uint8_t a[2], b[2];

    eel_own_draw(one, 3, 40000, &spectrum, a); /* not after each other: another filling */
    eel_own_draw(one, 3, 7, &spectrum, a);
    eel_own_draw(two, 3, 7, &again, b);

    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(again.n, spectrum.n);
    assert_memory_equal(again.counts, spectrum.counts, spectrum.n * sizeof *again.counts);
    assert_memory_equal(again.labels, spectrum.labels, sizeof again.labels);
    eel_own_free(one);
    eel_own_free(two);
}

static void refuse(int shape, const char *edge, const char *words)
{
    eel_library library;
    eel_own *own = NULL;

    make_library(&library);
    snprintf(library.shapes[shape].edge, sizeof library.shapes[shape].edge, "%s", edge);
    assert_fails(EEL_EFORMAT, eel_own_new(&own, &empty, &library, 0));
    assert_words(words);
}

TEST(edges_that_cannot_be_classes_are_refused)
{
    refuse(1, "La N4,5", "shape b: La is known by its M4,5 edge already");
    refuse(2, "Ti K", "shape c: Ti is one of the twenty and known by its L2,3 edge");
    refuse(2, "Xx M4,5", "class Xx has an edge and is no element");
    refuse(2, "Sr white", "shape c: class Sr is an edge white");
    refuse(2, "Strontium", "shape c: edge 'Strontium', expected an element and a shell");
    refuse(2, "Sr ", "shape c: edge 'Sr ', expected an element and a shell");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(further_elements_of_the_library_are_classes),
        cmocka_unit_test(shapes_kept_from_training_are_not_trained_on_nor_others_asked_about_in_their_place),
        cmocka_unit_test(spectra_rise_where_an_element_of_ones_own_is_labelled),
        cmocka_unit_test(an_edge_that_was_not_recorded_is_not_labelled_present),
        cmocka_unit_test(the_same_seed_gives_the_same_spectra),
        cmocka_unit_test(edges_that_cannot_be_classes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
