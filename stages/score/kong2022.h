/*
 * kong2022 - the numbers of the paper that ours stand beside.
 *
 * L. Kong, Z. Ji & H. L. Xin, "Electron energy loss spectroscopy database synthesis and automation
 * of core-loss edge recognition by deep-learning neural networks", Scientific Reports 12
 * (2022), doi 10.1038/s41598-022-25870-3.
 */
#ifndef EEL_STAGES_KONG2022_H
#define EEL_STAGES_KONG2022_H

#include "eels/elements.h"

typedef struct {
    double psnr, jump;
} eel_detectable;

/* Table 4: detectable peak signal-to-noise ratio and jump ratio, in the order of eel_elements. */
extern const eel_detectable eel_kong_table4[EEL_ELEMENTS];

/* Figure 6 and the section "Network validation". The paper gives the two accuracies on synthetic
 * spectra as "still around 90 %". */
typedef struct {
    double precision, recall, f1, exact, recognition;
} eel_kong_measures;

extern const eel_kong_measures eel_kong_synthetic, eel_kong_real; /* 50 000 and 177 spectra */

#endif
