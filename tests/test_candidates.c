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

/* Barium's N4,5 and M4,5, and tantalum's N4,5 without its N2,3, which would be inside. */
TEST(what_else_is_told_or_missing_counts)
{
    eel_candidates c = eel_candidates_for((double[]){90, 780}, 2, 0, 70, 900);
    assert_string_equal(c.names[0], "Ba N4,5");
    c = eel_candidates_for((double[]){740, 380}, 2, 1, 300, 900);
    assert_string_equal(c.names[0], "U N6,7");
    c = eel_candidates_for((double[]){380}, 1, 0, 300, 900);
    assert_string_not_equal(c.names[0], "U N6,7");
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
        cmocka_unit_test(what_else_is_told_or_missing_counts),
        cmocka_unit_test(words_end_where_there_is_no_more_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
