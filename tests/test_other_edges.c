/* other_edges: the bins of a network become edges with energies. */
#include "test.h"
#include "shared/other_edges.h"

/* O, other, and ten bins of 20 eV from 90 eV. */
static eel_model_info network(void)
{
    eel_model_info info = {.classes = 12};

    snprintf(info.class_name[0], 16, "O");
    snprintf(info.class_name[1], 16, "other");
    for (uint32_t c = 0; c < info.classes; c++) {
        info.threshold[c] = 0.5f;
        if (c >= 2)
            snprintf(info.class_name[c], 16, "other %u eV", 90 + 20 * (c - 2));
    }
    return info;
}

TEST(a_bin_above_its_threshold_is_an_edge_in_its_middle)
{
    eel_model_info info = network();
    eel_other_bins bins = eel_other_bins_of(&info);
    eel_other_edge edges[12];
    float p[12] = {0, 0.9f, [5] = 0.8f};

    assert_int_equal(bins.first, 2);
    assert_int_equal(eel_other_edges(&info, &bins, p, edges), 1);
    assert_float_equal(edges[0].onset_ev, 160, 1e-6);
    assert_float_equal(edges[0].p, 0.8, 1e-6);
}

TEST(neighbouring_bins_are_one_edge_and_others_are_apart)
{
    eel_model_info info = network();
    eel_other_bins bins = eel_other_bins_of(&info);
    eel_other_edge edges[12];
    float p[12] = {0, 0.9f, [2] = 0.6f, [3] = 0.6f, [11] = 0.7f};

    assert_int_equal(eel_other_edges(&info, &bins, p, edges), 2);
    assert_float_equal(edges[0].onset_ev, 110, 1e-4);
    assert_float_equal(edges[1].onset_ev, 280, 1e-4);
}

TEST(the_strongest_is_told_only_where_another_edge_is)
{
    eel_model_info info = network();
    eel_other_bins bins = eel_other_bins_of(&info);
    float p[12] = {0, 0.9f, [2] = 0.6f, [11] = 0.7f};

    assert_float_equal(eel_other_edge_strongest(&info, &bins, p).onset_ev, 280, 1e-4);
    p[1] = 0.4f;
    assert_true(isnan(eel_other_edge_strongest(&info, &bins, p).onset_ev));
    p[0] = p[1] = p[2] = p[11] = NAN; /* a spectrum without counts */
    assert_true(isnan(eel_other_edge_strongest(&info, &bins, p).onset_ev));
}

TEST(a_network_without_bins_tells_no_energy)
{
    eel_model_info info = network();
    eel_other_edge edges[12];
    float p[12] = {0.9f, 0.9f};

    info.classes = 2;
    eel_other_bins bins = eel_other_bins_of(&info);
    assert_int_equal(bins.first, 2);
    assert_int_equal(eel_other_edges(&info, &bins, p, edges), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bin_above_its_threshold_is_an_edge_in_its_middle),
        cmocka_unit_test(neighbouring_bins_are_one_edge_and_others_are_apart),
        cmocka_unit_test(the_strongest_is_told_only_where_another_edge_is),
        cmocka_unit_test(a_network_without_bins_tells_no_energy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
