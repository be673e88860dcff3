/*
 * curves - what edge shapes are drawn from: lines, humps, steps, an atomic tail, fine structure.
 *
 * A curve is EEL_SHAPE_SAMPLES values at e = EEL_SHAPE_FIRST_EV + i EEL_SHAPE_STEP_EV, energies
 * relative to the onset. Every function adds to it (or multiplies it) only where it matters, so a
 * whole edge costs some tens of microseconds.
 */
#ifndef EEL_EELS_CURVES_H
#define EEL_EELS_CURVES_H

#define EEL_SHAPE_FIRST_EV (-30.0) /* relative to the onset */
#define EEL_SHAPE_STEP_EV  0.2
#define EEL_SHAPE_SAMPLES  2551    /* -30 to +480 eV */

static inline double eel_curve_ev(int i)
{
    return EEL_SHAPE_FIRST_EV + i * EEL_SHAPE_STEP_EV;
}

/* First sample at or after e, within 0 … EEL_SHAPE_SAMPLES. */
int eel_curve_index(double e);

/* A line: a Gaussian and a Lorentzian (share `lorentz`, cut to zero at 12 widths) of one width. */
void eel_curve_line(double *curve, double centre_ev, double fwhm_ev, double height,
                    double lorentz);

/* A broad maximum, Gaussian with different widths on both sides. Where rise_ev > 0 it also rises
 * from zero at e = 0 as 1 - exp(-e / rise_ev). */
void eel_curve_hump(double *curve, double centre_ev, double left_ev, double right_ev,
                    double height, double rise_ev);

/* tail[i] = (1 + e / scale_ev)^-power for e > 0, 1 below: the fall of a cross-section. */
void eel_curve_tail(double *tail, double scale_ev, double power);

/* An ionisation step at `at_ev` that falls as `tail` does from there; rises within about width_ev
 * symmetrically when rise_ev is 0, else as 1 - exp(-e / rise_ev). */
void eel_curve_step(double *curve, const double *tail, double at_ev, double height,
                    double width_ev, double rise_ev);

typedef struct {
    double radius, amplitude, phase; /* distance of the shell in angstrom; at k = 4 per angstrom */
} eel_shell;

/* Multiplies by 1 + chi(k), k = 0.5123 sqrt(e - from_ev) per angstrom: sums of
 * A sin(2 k R + phase) exp(-2 s^2 (k^2 - 16)), mean square displacement s^2 = 0.006 A^2. */
void eel_curve_exelfs(double *curve, double from_ev, const eel_shell *shells, int n);

/* Clamps below at zero and divides by the highest value between the start and 60 eV. */
void eel_curve_finish(const double *curve, float *out);

#endif
