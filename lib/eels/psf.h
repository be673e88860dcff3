/*
 * psf - what the microscope and the specimen do to the shape of an edge: broadening by the beam's
 * energy spread (Gaussian) and the detector (Lorentzian), and plural scattering, where electrons
 * that excited the edge lose the energy of one or more plasmons too.
 *
 *     kernel = Gauss (x) Lorentz (x) sum_n (t/lambda)^n / n! P^n
 *
 * Kong et al. 2022, eqs. 1 to 6; plural scattering after Egerton 2011, section 4.1.1, with the
 * Drude loss function P(E) = E w Ep^2 / ((E^2 - Ep^2)^2 + (E w)^2), eq. 3.43, area 1.
 */
#ifndef EEL_EELS_PSF_H
#define EEL_EELS_PSF_H

#define EEL_PSF_STEP_EV 0.2
#define EEL_PSF_BEFORE  60  /* samples before zero: -12 eV */
#define EEL_PSF_AFTER   560 /* samples after zero: up to 112 eV */
#define EEL_PSF_SAMPLES (EEL_PSF_BEFORE + 1 + EEL_PSF_AFTER)

typedef struct {
    double gauss_fwhm_ev, lorentz_hwhm_ev;
    double thickness;             /* t / lambda; 0: no plural scattering */
    double plasmon_ev, width_ev;  /* of the Drude loss function */
} eel_psf;

/* kernel (EEL_PSF_SAMPLES), sum of the single-scattering part 1. */
void eel_psf_kernel(const eel_psf *psf, float *kernel);

/* out[i] = sum_k kernel[k] in[i - k]: n samples, zero before the first; out may not be in. */
void eel_psf_convolve(const float *kernel, const float *in, float *out, int n);

#endif
