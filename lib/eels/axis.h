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

/* The axis that the network sees: 90 to 1000 eV at 0.2 eV (Kong et al. 2022, network construction). */
#define EEL_NET_START_EV 90.0
#define EEL_NET_STEP_EV  0.2
#define EEL_NET_CHANNELS 4551

static inline eel_axis eel_axis_net(void)
{
    return (eel_axis){EEL_NET_START_EV, EEL_NET_STEP_EV, EEL_NET_CHANNELS};
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
