#include "score/lone_edge.h"
#include "eels/curves.h"
#include "eels/psf.h"

#include <math.h>

#define GAUSS_FWHM_EV   0.85 /* middles of the paper's Table 2 */
#define LORENTZ_HWHM_EV 0.35
#define TAIL_POWER      (-2.8)
#define PEAK_WITHIN_EV  60.0

double eel_lone_background(double ev)
{
    return pow(ev / EEL_LONE_FIRST_EV, -EEL_LONE_EXPONENT);
}

/* The shape on the axis of curves.h, continued by a power law from where its model ends. */
static void sample(const eel_shape *shape, float *out)
{
    double end = fmin(shape->end_ev, eel_curve_ev(EEL_SHAPE_SAMPLES - 1)), level = 0;
    int last = (int)((end - EEL_SHAPE_FIRST_EV) / EEL_SHAPE_STEP_EV);

    eel_shape_sample(shape, EEL_SHAPE_FIRST_EV, EEL_SHAPE_STEP_EV, out, last + 1);
    for (int i = last - 24; i <= last; i++) /* mean of the last 5 eV */
        level += fmax(out[i], 0) / 25;
    for (int i = last + 1; i < EEL_SHAPE_SAMPLES; i++)
        out[i] = (float)(level * pow((shape->onset_ev + eel_curve_ev(i)) / (shape->onset_ev + end),
                                     TAIL_POWER));
}

void eel_lone_edge(const eel_shape *shape, float *out)
{
    float raw[EEL_SHAPE_SAMPLES], edge[EEL_SHAPE_SAMPLES], kernel[EEL_PSF_SAMPLES], peak = 0;
    int used = EEL_SHAPE_SAMPLES - EEL_PSF_BEFORE; /* broadening reaches that far ahead */
    double last_ev = shape->onset_ev + eel_curve_ev(used - 1);

    sample(shape, raw);
    eel_psf_kernel(&(eel_psf){.gauss_fwhm_ev = GAUSS_FWHM_EV, .lorentz_hwhm_ev = LORENTZ_HWHM_EV},
                   kernel);
    eel_psf_convolve(kernel, raw, edge, EEL_SHAPE_SAMPLES);
    for (int i = eel_curve_index(0); i < eel_curve_index(PEAK_WITHIN_EV); i++)
        peak = fmaxf(peak, edge[i]);
    for (int i = 0; i < EEL_PAPER_CHANNELS; i++) {
        double ev = EEL_PAPER_START_EV + i * EEL_NET_STEP_EV;
        double at = (ev - shape->onset_ev - EEL_SHAPE_FIRST_EV) / EEL_SHAPE_STEP_EV;
        int k = (int)floor(at);
        double value = k < 0          ? 0
                       : k < used - 1 ? edge[k] + (at - k) * (edge[k + 1] - edge[k])
                                      : edge[used - 1] * pow(ev / last_ev, TAIL_POWER);
        out[i] = peak > 0 ? (float)value / peak : 0;
    }
}
