#include "eels/cross_section.h"
#include "base/err.h"

#include <math.h>

#define RYDBERG_EV      13.605693 /* CODATA 2018 */
#define REST_KEV        510.99895
#define BOHR_AREA_BARN  2.8002852e7 /* Bohr radius squared */
#define ANGLE_MAX_MRAD  200
#define BEAM_MIN_KEV    10
#define BEAM_MAX_KEV    2000
#define Q_INTERVALS     96 /* of ln q^2; even, for Simpson's rule */

/* L1 threshold and exponent u of the correction, from Z = 13 on: SIGMAL3, appendix B of the book. */
static const struct {
    double l1_ev, u;
} l_shell[] = {
    {118, .52},  {149, .42},  {189, .30},  {229, .29},  {270, .22},  {320, .30},
    {377, .22},  {438, .16},  {500, .12},  {564, .13},  {628, .13},  {695, .14},
    {769, .16},  {846, .18},  {926, .19},  {1008, .22}, {1096, .14}, {1194, .11},
    {1142, .12}, {1248, .12}, {1359, .12}, {1476, .10}, {1596, .10}, {1727, .10},
};

/* White lines, from Ar to Ni: the first 20 eV are not reduced, as in SIGMAL3. */
#define WHITE_FIRST 18
#define WHITE_LAST  28
#define WHITE_EV    20

int eel_optics_check(const eel_optics *optics)
{
    if (!(optics->beam_kev >= BEAM_MIN_KEV && optics->beam_kev <= BEAM_MAX_KEV))
        return eel_fail(EEL_EARGS, "beam energy: %g keV, expected %d to %d", optics->beam_kev,
                        BEAM_MIN_KEV, BEAM_MAX_KEV);
    if (!(optics->collection_mrad > 0 && optics->collection_mrad <= ANGLE_MAX_MRAD))
        return eel_fail(EEL_EARGS, "collection angle: %g mrad, expected more than 0, at most %d",
                        optics->collection_mrad, ANGLE_MAX_MRAD);
    if (!(optics->convergence_mrad >= 0 && optics->convergence_mrad <= ANGLE_MAX_MRAD))
        return eel_fail(EEL_EARGS, "convergence angle: %g mrad, expected 0 to %d",
                        optics->convergence_mrad, ANGLE_MAX_MRAD);
    return EEL_OK;
}

int eel_cross_section_check(const eel_shell_edge *edge, const eel_optics *optics)
{
    int z = edge->atomic_number;
    int first = edge->name == EEL_SHELL_K ? 1 : EEL_L_SHELL_FIRST;
    int last = edge->name == EEL_SHELL_K ? EEL_K_SHELL_LAST : EEL_L_SHELL_LAST;

    if (z < first || z > last)
        return eel_fail(EEL_EARGS, "cross-section: atomic number %d, expected %d to %d", z, first,
                        last);
    return eel_optics_check(optics);
}

/* ---- oscillator strength ---- */

/* What the Coulomb wave of the ejected electron contributes: its attraction to the ion. k2 is its
 * energy in units of the ion's; below 0 it would be bound, and fills up the threshold where the
 * real one is lower than the hydrogenic one. tan is the tangent's argument over k. */
static double coulomb(double k2, double numerator, double denominator)
{
    double k = sqrt(fabs(k2));

    if (k < 1e-6)
        return exp(-2 * numerator / denominator);
    if (k2 < 0)
        return exp(-log((denominator + numerator * k) / (denominator - numerator * k)) / k);
    double angle = atan2(numerator * k, denominator); /* 0 to pi */
    return exp(-2 * angle / k) / (1 - exp(-2 * M_PI / k));
}

static double gos_k(int z, double ev, double q2)
{
    double charge2 = (z - 0.5) * (z - 0.5), e = ev / (RYDBERG_EV * charge2);
    double k2 = e - 1, q = q2 / charge2;
    double ridge = (q - k2 + 1) * (q - k2 + 1) + 4 * k2;

    return 256 * e * (q + k2 / 3 + 1. / 3) * coulomb(k2, 2, q - k2 + 1) /
           (ridge * ridge * ridge * charge2 * RYDBERG_EV);
}

/* Six 2p electrons. */
static double polynomial_2p(double q, double k)
{
    double c0 = 11. / 3072 + k * (3. / 64 + k * (7. / 32 + k * (5. / 12 + k / 4)));
    double c1 = 107. / 960 + k * (41. / 48 + k * (113. / 60 + k));
    double c2 = 19. / 32 - k * (0.75 + k / 2);

    return c0 + q * (c1 + q * (c2 + q * (-(0.75 + 3 * k) + q * 2.25)));
}

/* Two 2s and six 2p electrons, one factor of the denominator cancelled. */
static double polynomial_2s2p(double q, double k)
{
    double c0 = 5. / 64 + k * (23. / 48 + k * (0.75 + k / 3));
    double c1 = 65. / 48 + k * (1.5 + k / 3);

    return c0 + q * (c1 + q * (-(11. / 12 + 5. / 3 * k) + q));
}

static double gos_l(const eel_shell_edge *edge, double ev, double q2)
{
    int z = edge->atomic_number, row = z - EEL_L_SHELL_FIRST;
    double charge2 = (z - 4.15) * (z - 4.15), e = ev / (RYDBERG_EV * charge2);
    double k2 = e - 0.25, q = q2 / charge2;
    double ridge = (q - k2 + 0.25) * (q - k2 + 0.25) + k2, ridge4 = pow(ridge, 4);
    double strength = ev <= l_shell[row].l1_ev ? polynomial_2p(q, k2) / (ridge4 * ridge)
                                               : polynomial_2s2p(q, k2) / ridge4;
    double above_ev = ev - edge->onset_ev;

    if (z < WHITE_FIRST || z > WHITE_LAST || above_ev > WHITE_EV)
        strength *= pow((above_ev + 0.1) / (1.8 * z * z), l_shell[row].u);
    return 32 * e * strength * coulomb(k2, 1, q - k2 + 0.25) / (charge2 * RYDBERG_EV);
}

double eel_gos(const eel_shell_edge *edge, double ev, double q2)
{
    if (ev < edge->onset_ev)
        return 0;
    return edge->name == EEL_SHELL_K ? gos_k(edge->atomic_number, ev, q2) : gos_l(edge, ev, q2);
}

/* ---- kinematics ---- */

static double gamma_of(double beam_kev)
{
    return 1 + beam_kev / REST_KEV;
}

/* m v^2 / 2, which relativistic formulae have in place of the kinetic energy; eV. */
static double effective_energy_ev(double beam_kev)
{
    double gamma = gamma_of(beam_kev);

    return 1e3 * REST_KEV / 2 * (1 - 1 / (gamma * gamma));
}

/* Wave number of an electron times the Bohr radius. */
static double wave_number(double ev)
{
    return sqrt(ev / RYDBERG_EV * (1 + ev / (2e3 * REST_KEV)));
}

/* ln(1 + angle^2 / theta_E^2) of the effective collection angle: how much of Lorentzian scattering,
 * folded with a filled cone of semi-angle alpha, lies within beta. Symmetric but for the cone's
 * area, alpha^2. All arguments are squares of angles. */
static double collected(double alpha2, double beta2, double theta2)
{
    double sum = alpha2 + beta2 + theta2;
    double wide = alpha2 + theta2 - beta2, narrow = beta2 + theta2 - alpha2;
    double of_beta = (sqrt(wide * wide + 4 * beta2 * theta2) + wide) / (2 * theta2);
    double of_alpha = (sqrt(narrow * narrow + 4 * alpha2 * theta2) + narrow) / (2 * theta2);
    double overlap = sqrt(sum * sum - 4 * alpha2 * beta2) - sum;

    return (overlap + 2 * beta2 * log(of_beta) + 2 * alpha2 * log(of_alpha)) / (2 * alpha2);
}

double eel_effective_collection(const eel_optics *optics, double ev)
{
    double alpha = optics->convergence_mrad, beta = optics->collection_mrad;

    if (alpha < 1e-3 * beta)
        return beta;
    double gamma = gamma_of(optics->beam_kev);
    double theta = 1e3 * ev / (2 * gamma * effective_energy_ev(optics->beam_kev));
    return theta * sqrt(expm1(collected(alpha * alpha, beta * beta, theta * theta)));
}

double eel_cross_section(const eel_shell_edge *edge, const eel_optics *optics, double ev)
{
    double beam_ev = 1e3 * optics->beam_kev;

    if (ev < edge->onset_ev || ev >= beam_ev)
        return 0;
    double before = wave_number(beam_ev), after = wave_number(beam_ev - ev);
    double half = sin(eel_effective_collection(optics, ev) / 2e3);
    double low = (before - after) * (before - after), high = low + 4 * before * after * half * half;
    double step = log(high / low) / Q_INTERVALS, sum = 0;

    for (int i = 0; i <= Q_INTERVALS; i++) {
        double weight = i == 0 || i == Q_INTERVALS ? 1 : i % 2 ? 4 : 2;
        sum += weight * eel_gos(edge, ev, low * exp(i * step));
    }
    return 4 * M_PI * BOHR_AREA_BARN * RYDBERG_EV * RYDBERG_EV /
           (effective_energy_ev(optics->beam_kev) * ev) * sum * step / 3;
}
