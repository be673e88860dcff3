#include "test.h"

#include "eels/cross_section.h"

#define RYDBERG 13.605693

static const eel_optics parallel = {200, 10, 0};

static void assert_close(double got, double want, double tolerance)
{
    if (!(fabs(got / want - 1) <= tolerance))
        fail_msg("%.7g, expected %.7g within %g", got, want, tolerance);
}

/* A shell of charge c has the oscillator strength of hydrogen at E / c^2 and q^2 / c^2. */
static double hydrogen_gos(eel_shell_name name, double k2, double q2)
{
    int is_k = name == EEL_SHELL_K;
    double charge = is_k ? 6 - 0.5 : 16 - 4.15, scale = charge * charge;
    eel_shell_edge edge = {is_k ? 6 : 16, name, 1};
    double ev = RYDBERG * scale * (k2 + (is_k ? 1 : 0.25));
    double reduced = is_k ? 1 : pow((ev + 0.1 - 1) / (1.8 * 16 * 16), 0.29);

    return eel_gos(&edge, ev, q2 * scale) * RYDBERG * scale / reduced;
}

/* Overlap integrals with Coulomb waves, from golden/make_gos.py; per electron there. */
TEST(the_k_formula_is_the_oscillator_strength_of_1s)
{
    assert_close(hydrogen_gos(EEL_SHELL_K, .3, .01), 2 * 0.39296225, 1e-4);
    assert_close(hydrogen_gos(EEL_SHELL_K, 1.5, 1), 2 * 0.25829854, 1e-4);
    assert_close(hydrogen_gos(EEL_SHELL_K, 4, 6), 2 * 0.12984727, 1e-3);
}

TEST(the_l_formula_is_the_oscillator_strength_of_2s_and_2p)
{
    assert_close(hydrogen_gos(EEL_SHELL_L, .15, .01), 2 * 0.70339547 + 6 * 0.47670393, 1e-4);
    assert_close(hydrogen_gos(EEL_SHELL_L, .8, .7), 2 * 0.63402301 + 6 * 1.00143968, 1e-4);
    assert_close(hydrogen_gos(EEL_SHELL_L, 2, 2.5), 2 * 0.68667197 + 6 * 0.37870689, 1e-3);
}

/* HyperSpy 1.7.3's translation of SIGMAK3 and SIGMAL3, from golden/make_cross_sections.py. L edges
 * are compared above their first 20 eV, where SIGMAL3 and HyperSpy differ. */
TEST(cross_sections_are_those_of_hyperspy)
{
    static const struct {
        eel_shell_edge edge;
        double ev[3], barn[3];
    } golden[] = {
        {{5, EEL_SHELL_K, 188}, {189, 250, 400}, {233.793, 81.2066, 12.2639}},
        {{7, EEL_SHELL_K, 401}, {402, 450, 600}, {37.9166, 24.3773, 7.59795}},
        {{8, EEL_SHELL_K, 532}, {533, 600, 900}, {18.9781, 11.8196, 2.16485}},
        {{14, EEL_SHELL_L, 99}, {110, 140, 200}, {1118.75, 801.864, 363.382}},
        {{22, EEL_SHELL_L, 456}, {480, 520, 700}, {64.0312, 52.4769, 21.8685}},
        {{26, EEL_SHELL_L, 708}, {730, 800, 900}, {16.7854, 14.724, 12.1738}},
    };

    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        for (int k = 0; k < 3; k++)
            assert_close(eel_cross_section(&golden[i].edge, &parallel, golden[i].ev[k]),
                         golden[i].barn[k], 2e-3);
    }
}

TEST(there_is_nothing_below_the_onset)
{
    eel_shell_edge oxygen = {8, EEL_SHELL_K, 532};

    assert_true(eel_cross_section(&oxygen, &parallel, 531.9) == 0);
    assert_true(eel_cross_section(&oxygen, &parallel, 532) > 0);
}

TEST(white_lines_are_not_reduced)
{
    eel_shell_edge titanium = {22, EEL_SHELL_L, 456};

    double within = eel_cross_section(&titanium, &parallel, 475.9);
    double beyond = eel_cross_section(&titanium, &parallel, 476.1);

    assert_true(within > 1.5 * beyond);
}

/* Within beta, of Lorentzian scattering of a cone: by summing over the cone and the aperture. */
static double collected_by_sum(double alpha, double beta, double theta)
{
    enum { N = 100, TURNS = 120 };
    double sum = 0, norm = 0;

    for (int a = 0; a < N; a++) {
        double from = alpha * (a + 0.5) / N;
        norm += from;
        for (int b = 0; b < N; b++) {
            double to = beta * (b + 0.5) / N, ring = 0;
            for (int t = 0; t < TURNS; t++) {
                double x = to * cos(2 * M_PI * t / TURNS) - from, y = to * sin(2 * M_PI * t / TURNS);
                ring += 1 / (x * x + y * y + theta * theta);
            }
            sum += from * ring / TURNS * 2 * to * beta / N;
        }
    }
    return sum / norm;
}

TEST(the_effective_collection_angle_collects_as_much_as_the_cone)
{
    static const double alphas[] = {2, 9.5, 14}; /* mrad; narrower and wider than the aperture */
    double gamma = 1 + 200 / 510.99895;
    double theta = 532 / (200 * (gamma + 1) / gamma); /* E / (gamma m v^2), mrad */

    for (int i = 0; i < 3; i++) {
        eel_optics optics = {200, 10, alphas[i]};
        double angle = eel_effective_collection(&optics, 532);
        assert_close(log1p(angle * angle / (theta * theta)),
                     collected_by_sum(alphas[i], 10, theta), 5e-3);
    }
}

TEST(a_parallel_beam_has_the_collection_angle_itself)
{
    eel_optics nearly = {200, 10, 0.02};

    assert_true(eel_effective_collection(&parallel, 532) == 10);
    assert_close(eel_effective_collection(&nearly, 532), 10, 1e-5);
}

TEST(what_the_model_does_not_know_is_refused)
{
    eel_shell_edge oxygen = {8, EEL_SHELL_K, 532}, lead = {82, EEL_SHELL_L, 13035};

    assert_ok(eel_cross_section_check(&oxygen, &parallel));
    assert_fails(EEL_EARGS, eel_cross_section_check(&lead, &parallel));
    assert_fails(EEL_EARGS, eel_cross_section_check(&oxygen, &(eel_optics){5, 10, 0}));
    assert_fails(EEL_EARGS, eel_cross_section_check(&oxygen, &(eel_optics){200, 0, 0}));
    assert_fails(EEL_EARGS, eel_cross_section_check(&oxygen, &(eel_optics){200, NAN, 0}));
    assert_fails(EEL_EARGS, eel_cross_section_check(&oxygen, &(eel_optics){200, 10, -1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_k_formula_is_the_oscillator_strength_of_1s),
        cmocka_unit_test(the_l_formula_is_the_oscillator_strength_of_2s_and_2p),
        cmocka_unit_test(cross_sections_are_those_of_hyperspy),
        cmocka_unit_test(there_is_nothing_below_the_onset),
        cmocka_unit_test(white_lines_are_not_reduced),
        cmocka_unit_test(the_effective_collection_angle_collects_as_much_as_the_cone),
        cmocka_unit_test(a_parallel_beam_has_the_collection_angle_itself),
        cmocka_unit_test(what_the_model_does_not_know_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
