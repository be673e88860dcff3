#include "eels/psf.h"

#include <math.h>
#include <string.h>

#define BROAD   (2 * EEL_PSF_BEFORE + 1)
#define ORDERS  5 /* plasmons at the most: (t/lambda)^5 / 5! < 0.02 for t/lambda up to 1.2 */

static void normalise(double *values, int n)
{
    double sum = 0;

    for (int i = 0; i < n; i++)
        sum += values[i];
    for (int i = 0; i < n; i++)
        values[i] /= sum;
}

/* Gauss (x) Lorentz on -12 … 12 eV, area 1. */
static void broadening(const eel_psf *psf, double *out)
{
    double sigma = psf->gauss_fwhm_ev / (2 * sqrt(2 * log(2)));
    double hwhm = psf->lorentz_hwhm_ev, gauss[BROAD], lorentz[BROAD];

    for (int i = 0; i < BROAD; i++) {
        double low = (i - EEL_PSF_BEFORE - 0.5) * EEL_PSF_STEP_EV, high = low + EEL_PSF_STEP_EV;
        gauss[i] = erf(high / (sigma * sqrt(2))) - erf(low / (sigma * sqrt(2)));
        lorentz[i] = atan(high / hwhm) - atan(low / hwhm);
    }
    for (int i = 0; i < BROAD; i++) {
        out[i] = 0;
        for (int k = 0; k < BROAD; k++) {
            int from = i - k + EEL_PSF_BEFORE;
            if (from >= 0 && from < BROAD)
                out[i] += gauss[k] * lorentz[from];
        }
    }
    normalise(out, BROAD);
}

/* 1 at zero loss plus (t/lambda)^n / n! P^n up to ORDERS plasmons. */
static void scattering(const eel_psf *psf, double *out)
{
    enum { N = EEL_PSF_AFTER + 1 };
    double one[N], power[N], next[N], weight = 1;

    for (int i = 0; i < N; i++) {
        double e = i * EEL_PSF_STEP_EV, ep = psf->plasmon_ev, w = psf->width_ev;
        double off = e * e - ep * ep;
        one[i] = e * w * ep * ep / (off * off + e * e * w * w);
    }
    normalise(one, N);
    memset(out, 0, N * sizeof *out);
    out[0] = 1;
    memcpy(power, one, sizeof power);
    for (int order = 1; order <= ORDERS && psf->thickness > 0; order++) {
        weight *= psf->thickness / order;
        for (int i = 0; i < N; i++)
            out[i] += weight * power[i];
        for (int i = 0; i < N; i++) {
            next[i] = 0;
            for (int k = 0; k <= i; k++)
                next[i] += one[k] * power[i - k];
        }
        memcpy(power, next, sizeof power);
    }
}

void eel_psf_kernel(const eel_psf *psf, float *kernel)
{
    double broad[BROAD], plural[EEL_PSF_AFTER + 1];

    broadening(psf, broad);
    scattering(psf, plural);
    for (int i = 0; i < EEL_PSF_SAMPLES; i++) {
        double sum = 0;
        for (int k = 0; k < BROAD && k <= i; k++) {
            if (i - k <= EEL_PSF_AFTER)
                sum += broad[k] * plural[i - k];
        }
        kernel[i] = (float)sum;
    }
}

void eel_psf_convolve(const float *kernel, const float *in, float *out, int n)
{
    memset(out, 0, (size_t)n * sizeof *out);
    for (int k = 0; k < EEL_PSF_SAMPLES; k++) {
        int shift = k - EEL_PSF_BEFORE;
        int from = shift < 0 ? -shift : 0, to = shift > 0 ? n - shift : n;
        float w = kernel[k];
        for (int i = from; i < to; i++)
            out[i + shift] += w * in[i];
    }
}
