#include "test.h"

#include "eels/candidates.h"

static const char *words(const double *told_ev, int count, int which, double low_ev, double high_ev)
{
    static char text[128];
    eel_candidates c = eel_candidates_for(told_ev, count, which, low_ev, high_ev);

    eel_candidates_words(&c, told_ev[which], text, sizeof text);
    return text;
}

TEST(an_edge_that_stands_alone_has_one_candidate_and_one_of_nobody_none)
{
    assert_string_equal(words((double[]){840}, 1, 0, 500, 1000), "840 eV (La M4,5?)");
    assert_string_equal(words((double[]){805}, 1, 0, 500, 1000), "805 eV");
}

TEST(common_elements_come_before_others_and_rare_ones_last)
{
    eel_candidates c = eel_candidates_for((double[]){80}, 1, 0, 64, 150);

    assert_int_equal(c.count, EEL_CANDIDATES_MAX);
    assert_string_equal(c.names[0], "Al L2,3");
    c = eel_candidates_for((double[]){135}, 1, 0, 100, 200); /* strontium, lead; europium begins nearest */
    assert_string_equal(c.names[0], "Sr M4,5");
    assert_string_equal(c.names[1], "Pb N6,7");
}

TEST(weak_edges_come_after_strong_ones)
{
    assert_string_equal(eel_candidates_for((double[]){180}, 1, 0, 100, 450).names[0], "Zr M4,5"); /* bromine begins nearer */
    assert_string_equal(eel_candidates_for((double[]){67}, 1, 0, 60, 150).names[0], "Al L2,3");   /* nickel */
}

/* At 380 eV begin U N6,7, Hf N2,3 and Ag M4,5; U N4,5 at 736 eV. */
TEST(an_element_whose_other_edge_is_told_comes_first)
{
    assert_string_equal(eel_candidates_for((double[]){380}, 1, 0, 300, 700).names[0], "Ag M4,5");
    assert_string_equal(eel_candidates_for((double[]){740, 380}, 2, 1, 300, 900).names[0], "U N6,7");
}

/* Cerium's M4,5 would be at 882 eV; beryllium has no other edge. */
TEST(an_element_whose_strong_edge_is_missing_comes_later)
{
    assert_string_equal(eel_candidates_for((double[]){112}, 1, 0, 100, 300).names[0], "Ce N4,5");
    assert_string_equal(eel_candidates_for((double[]){112}, 1, 0, 100, 1000).names[0], "Be K");
    assert_string_equal(eel_candidates_for((double[]){112}, 1, 0, 0, 0).names[0], "Ce N4,5"); /* nobody knows */
}

TEST(words_end_where_there_is_no_more_room)
{
    eel_candidates c = eel_candidates_for((double[]){80}, 1, 0, 64, 150);
    char text[12];

    eel_candidates_words(&c, 80, text, sizeof text);
    assert_string_equal(text, "80 eV (Al L");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edge_that_stands_alone_has_one_candidate_and_one_of_nobody_none),
        cmocka_unit_test(common_elements_come_before_others_and_rare_ones_last),
        cmocka_unit_test(weak_edges_come_after_strong_ones),
        cmocka_unit_test(an_element_whose_other_edge_is_told_comes_first),
        cmocka_unit_test(an_element_whose_strong_edge_is_missing_comes_later),
        cmocka_unit_test(words_end_where_there_is_no_more_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
