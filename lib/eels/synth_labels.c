/* What a spectrum of the real kind shows: an edge that stands above its noise is labelled, one that hardly does counts neither way. */
#include "eels/scene.h"

#include <math.h>
#include <string.h>

#define SNR_LEAST        6.0   /* weaker edges are not labelled */
#define SNR_OVER_EV      20.0  /* signal and noise are summed from the onset over this stretch */
#define ONSET_INSIDE_EV  1.5   /* an onset this close behind the window's start is not labelled, */
#define ONSET_BEFORE_EV  40.0  /* nor one less than this before it, */
#define ONSET_END_EV     6.0   /* nor one this close to the end */
#define BIN_BORDER_EV    5.0   /* of an edge outside the twenty, this close to the next bin: nor that bin */

/* Peak signal-to-noise of an edge over SNR_OVER_EV behind its onset. */
static double edge_snr(eel_exposure *x, int k)
{
    float *scratch = x->counts;
    double onset = eel_view_observed(&x->view, x->view.edges[k].edge->onset_ev);
    double from = fmax(eel_axis_channel(&x->axis, onset), 0);
    double over = x->view.edges[k].element < 0 ? 2 * SNR_OVER_EV : SNR_OVER_EV;
    double to = fmin(eel_axis_channel(&x->axis, onset + over), x->axis.n - 1.0);
    double signal = 0, variance = 1e-9;

    memset(scratch, 0, x->axis.n * sizeof *scratch);
    eel_view_add_edge(&x->view, k, &x->axis, scratch);
    for (double i = from; i <= to; i++) {
        double total = x->expected[(uint32_t)i];
        signal += scratch[(uint32_t)i];
        variance += total + x->readout * x->readout + x->gain * x->gain * total * total;
    }
    return signal / sqrt(variance);
}

uint8_t eel_edge_label(eel_exposure *x, int k)
{
    eel_axis net = eel_axis_net();
    double onset = eel_view_observed(&x->view, x->view.edges[k].edge->onset_ev);
    double begin = fmax(x->axis.start_ev, net.start_ev);
    double end = fmin(eel_axis_end(&x->axis), eel_axis_end(&net));

    if (onset < begin - ONSET_BEFORE_EV || onset > end)
        return EEL_ABSENT;
    return onset < begin + ONSET_INSIDE_EV || onset > end - ONSET_END_EV || edge_snr(x, k) < SNR_LEAST ? EEL_UNLABELLED
                                                                                                      : EEL_PRESENT;
}

/* A clear label stays; what is unclear replaces only "absent". */
static void set_label(uint8_t *label, int unclear)
{
    if (!unclear)
        *label = EEL_PRESENT;
    else if (*label != EEL_PRESENT)
        *label = EEL_UNLABELLED;
}

/* Where an edge outside the twenty begins. */
static void label_bin(uint8_t *labels, double onset_ev, int unclear)
{
    double place = (onset_ev - EEL_OTHER_START_EV) / EEL_OTHER_BIN_EV;
    double border = BIN_BORDER_EV / EEL_OTHER_BIN_EV;
    int bin = (int)floor(place), below = (int)floor(place - border);
    int above = (int)floor(place + border);

    for (int b = below; b <= above; b++) {
        if (b >= 0 && b < EEL_OTHER_BINS)
            set_label(labels + EEL_CLASS_BIN + b, unclear || b != bin);
    }
}

void eel_real_label(eel_exposure *x, eel_spectrum *spectrum)
{
    for (int k = 0; k < x->view.count; k++) {
        const eel_placed *placed = &x->view.edges[k];
        int class_ = placed->element < 0 ? EEL_CLASS_OTHER : placed->element;
        uint8_t label = eel_edge_label(x, k);

        if (placed->element >= 0)
            spectrum->jumps[placed->element] = (float)placed->jump;
        if (label == EEL_ABSENT)
            continue;
        set_label(&spectrum->labels[class_], label == EEL_UNLABELLED);
        if (placed->element < 0)
            label_bin(spectrum->labels, eel_view_observed(&x->view, placed->edge->onset_ev), label == EEL_UNLABELLED);
    }
}
