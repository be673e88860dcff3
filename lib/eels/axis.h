/*
 * axis - an energy axis: the centre of the first channel, the dispersion, the number of channels.
 */
#ifndef EEL_EELS_AXIS_H
#define EEL_EELS_AXIS_H

#include <stdint.h>

typedef struct {
    double start_ev; /* centre of channel 0 */
    double step_ev;  /* per channel, > 0 */
    uint32_t n;      /* channels */
} eel_axis;

/* The axis that the network sees: 64.4 to 1000 eV at 0.2 eV. The paper's (Kong et al. 2022, network
 * construction) begins at 90 eV, too late to tell aluminium's fine structure (onset 73 eV) from
 * silicon's edge at 99 eV, and to see the latter on an axis that is off by 10 eV. The 128 channels
 * before it are one step of the network's LSTM (net.h). */
#define EEL_NET_START_EV 64.4
#define EEL_NET_STEP_EV  0.2
#define EEL_NET_CHANNELS 4679

/* The paper's axis on it. */
#define EEL_PAPER_FIRST    128
#define EEL_PAPER_START_EV (EEL_NET_START_EV + EEL_PAPER_FIRST * EEL_NET_STEP_EV)
#define EEL_PAPER_CHANNELS 4551

/* Nothing was recorded in between; equal: there is no gap. */
typedef struct {
    double from_ev, to_ev; /* the last channel before it, and the first behind */
} eel_gap;

#define EEL_STEP_WIDEST_EV 2.0 /* a channel, of the spectra that networks learn from (synth.h) */

/* The axis of the sum spectra that a run keeps, 64.8 eV on: EEL_SUM_OF channels of the network's in one of 1 eV. */
#define EEL_SUM_OF       5
#define EEL_SUM_CHANNELS ((EEL_NET_CHANNELS - 1) / EEL_SUM_OF)

static inline eel_axis eel_axis_sum(void)
{
    return (eel_axis){EEL_NET_START_EV + (EEL_SUM_OF - 1) / 2.0 * EEL_NET_STEP_EV, 1, EEL_SUM_CHANNELS};
}

static inline eel_axis eel_axis_net(void)
{
    return (eel_axis){EEL_NET_START_EV, EEL_NET_STEP_EV, EEL_NET_CHANNELS};
}

static inline eel_axis eel_axis_paper(void)
{
    return (eel_axis){EEL_PAPER_START_EV, EEL_NET_STEP_EV, EEL_PAPER_CHANNELS};
}

static inline double eel_axis_end(const eel_axis *axis)
{
    return axis->start_ev + axis->n * axis->step_ev;
}

static inline double eel_axis_ev(const eel_axis *axis, double channel)
{
    return axis->start_ev + channel * axis->step_ev;
}

static inline double eel_axis_channel(const eel_axis *axis, double ev)
{
    return (ev - axis->start_ev) / axis->step_ev;
}

#endif
