/*
 * cross_section - how strongly the K or L shell of an atom scatters beam electrons into the
 * spectrometer, per eV of energy loss: the hydrogenic model of SIGMAK and SIGMAL.
 *
 *     eel_optics optics = {.beam_kev = 200, .collection_mrad = 10, .convergence_mrad = 1};
 *     double barn_per_ev = eel_cross_section(&(eel_shell_edge){22, EEL_SHELL_L, 456}, &optics, 500);
 *
 * Where it comes from: R. F. Egerton, Electron Energy-Loss Spectroscopy in the Electron Microscope,
 * 3rd edition (Springer 2011).
 *
 *   - The generalised oscillator strength (GOS) of a K shell is that of two 1s electrons of a
 *     hydrogen atom of charge Z - 0.5 (section 3.6.1; R. F. Egerton, Ultramicroscopy 4 (1979) 169).
 *   - That of an L shell is that of hydrogenic 2p electrons below the L1 threshold and of 2s and 2p
 *     electrons above, of charge Z - 4.15, which is Slater's screening (R. F. Egerton, Proc. EMSA 39
 *     (1981) 198; polynomials: B.-H. Choi, E. Merzbacher, G. S. Khandelwal, At. Data 5 (1973) 291).
 *     Its absolute value is corrected by ((E - E_L3) / (1.8 eV Z^2))^u, where u was fitted by
 *     Egerton to measured photoabsorption; from Ar to Ni not in the first 20 eV, where their white
 *     lines are.
 *   - The double differential cross-section follows from the GOS in the first Born approximation
 *     (equation 3.26 there) with relativistic kinematics, integrated over ln q^2 up to the
 *     collection angle.
 *   - A convergent beam is taken into account by an effective collection angle (section 4.5.3 there;
 *     M. R. Scheinfein, M. Isaacson, SEM 1984/IV, 1681): Lorentzian scattering, folded with a
 *     uniformly filled cone. Related to all electrons of the beam, also when the cone is wider than
 *     the aperture.
 *
 * Accuracy, as the book says: about 5 % for K shells, 15 % for L shells, near the threshold worse.
 */
#ifndef EEL_EELS_CROSS_SECTION_H
#define EEL_EELS_CROSS_SECTION_H

#define EEL_L_SHELL_FIRST 13 /* atomic numbers for which the L model has numbers */
#define EEL_L_SHELL_LAST  36
#define EEL_K_SHELL_LAST  40

typedef enum { EEL_SHELL_K, EEL_SHELL_L } eel_shell_name;

typedef struct {
    int atomic_number;
    eel_shell_name name;
    double onset_ev; /* of K, or of L3 */
} eel_shell_edge;

typedef struct {
    double beam_kev;
    double collection_mrad;  /* semi-angle */
    double convergence_mrad; /* semi-angle, 0 for a parallel beam */
} eel_optics;

/* Can the model be asked: beam energy from 10 to 2000 keV, collection angle above 0 and up to 200 mrad,
 * convergence up to 200 mrad. EEL_EARGS. */
int eel_optics_check(const eel_optics *optics);

/* … and the atomic number. */
int eel_cross_section_check(const eel_shell_edge *edge, const eel_optics *optics);

/* Barn per eV at the energy loss `ev`; 0 below the onset. */
double eel_cross_section(const eel_shell_edge *edge, const eel_optics *optics, double ev);

/* GOS per eV; q2 is the square of the momentum transfer times the Bohr radius, (q a0)^2. */
double eel_gos(const eel_shell_edge *edge, double ev, double q2);

/* The collection angle, mrad, that collects as much of a parallel beam. */
double eel_effective_collection(const eel_optics *optics, double ev);

#endif
