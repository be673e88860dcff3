#include "eels/curves.h"

#include <math.h>

int eel_curve_index(double e)
{
    double i = ceil((e - EEL_SHAPE_FIRST_EV) / EEL_SHAPE_STEP_EV);

    return i < 0 ? 0 : i > EEL_SHAPE_SAMPLES ? EEL_SHAPE_SAMPLES : (int)i;
}

void eel_curve_line(double *curve, double centre_ev, double fwhm_ev, double height, double lorentz)
{
    const double reach = 12, pedestal = 1 / (1 + 4 * reach * reach);
    int last = eel_curve_index(centre_ev + reach * fwhm_ev);

    for (int i = eel_curve_index(centre_ev - reach * fwhm_ev); i < last; i++) {
        double u = (eel_curve_ev(i) - centre_ev) / fwhm_ev, u2 = u * u;

        curve[i] += height * lorentz * (1 / (1 + 4 * u2) - pedestal);
        if (u2 < 6)
            curve[i] += height * (1 - lorentz) * exp(-2.772588722239781 * u2);
    }
}

void eel_curve_hump(double *curve, double centre_ev, double left_ev, double right_ev,
                    double height, double rise_ev)
{
    double first_ev = centre_ev - 4.5 * left_ev;
    int last = eel_curve_index(centre_ev + 4.5 * right_ev);

    if (rise_ev > 0 && first_ev < 0)
        first_ev = 0;
    for (int i = eel_curve_index(first_ev); i < last; i++) {
        double e = eel_curve_ev(i), u = e - centre_ev;

        u /= u < 0 ? left_ev : right_ev;
        double value = height * exp(-0.5 * u * u);
        if (rise_ev > 0)
            value *= 1 - exp(-e / rise_ev);
        curve[i] += value;
    }
}

void eel_curve_tail(double *tail, double scale_ev, double power)
{
    const int stride = 5; /* between exact values a straight line is good to 3e-4 */
    int zero = eel_curve_index(0);
    double left = 1;

    for (int i = 0; i < zero; i++)
        tail[i] = 1;
    for (int i = zero; i < EEL_SHAPE_SAMPLES; i += stride) {
        double right = exp(-power * log(1 + eel_curve_ev(i + stride) / scale_ev));
        for (int k = 0; k < stride && i + k < EEL_SHAPE_SAMPLES; k++)
            tail[i + k] = left + (right - left) * k / stride;
        left = right;
    }
}

void eel_curve_step(double *curve, const double *tail, double at_ev, double height,
                    double width_ev, double rise_ev)
{
    int zero = eel_curve_index(0), shift = eel_curve_index(at_ev) - zero;

    for (int i = eel_curve_index(at_ev - 8 * width_ev); i < EEL_SHAPE_SAMPLES; i++) {
        double e = eel_curve_ev(i) - at_ev;
        double value = height * tail[i - shift < zero ? zero : i - shift];

        if (rise_ev > 0)
            value *= e <= 0 ? 0 : e < 20 * rise_ev ? 1 - exp(-e / rise_ev) : 1;
        else if (e < 8 * width_ev)
            value /= 1 + exp(-3 * e / width_ev);
        curve[i] += value;
    }
}

/* chi at 1 eV steps is smooth enough: the fastest shell turns once in more than 10 eV there. */
void eel_curve_exelfs(double *curve, double from_ev, const eel_shell *shells, int n)
{
    const double stride_ev = 1, sigma2 = 0.006;
    double start_ev = from_ev + 8, before = 0;

    double end_ev = eel_curve_ev(EEL_SHAPE_SAMPLES);

    for (double e = start_ev; e < end_ev; e += stride_ev) {
        double k = 0.5123 * sqrt(e + stride_ev - from_ev), chi = 0;

        for (int s = 0; s < n; s++)
            chi += shells[s].amplitude * sin(2 * k * shells[s].radius + shells[s].phase);
        double d = e + stride_ev - start_ev;
        chi *= exp(-2 * sigma2 * (k * k - 16)) * (d < 20 ? d / 20 : 1);
        int first = eel_curve_index(e), last = eel_curve_index(e + stride_ev);
        for (int i = first; i < last; i++) {
            double t = (eel_curve_ev(i) - e) / stride_ev;
            curve[i] *= 1 + before + t * (chi - before);
        }
        before = chi;
    }
}

void eel_curve_finish(const double *curve, float *out)
{
    int end = eel_curve_index(60);
    double top = 1e-12;

    for (int i = 0; i < end; i++)
        top = curve[i] > top ? curve[i] : top;
    for (int i = 0; i < EEL_SHAPE_SAMPLES; i++)
        out[i] = curve[i] > 0 ? (float)(curve[i] / top) : 0;
}
