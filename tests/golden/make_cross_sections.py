#!/usr/bin/python3
"""Golden numbers for tests/test_cross_section.c: HyperSpy's translation of SIGMAK3 and SIGMAL3.

Needs Debian's python3-hyperspy (1.7.3). Barn per eV, collection angle 10 mrad, beam 200 keV.

    /usr/bin/python3 tests/golden/make_cross_sections.py
"""
import math

from hyperspy.misc.eels.hydrogenic_gos import HydrogenicGOS, R
from scipy import integrate


def cross_section(gos, ev, angle, beam_kev):
    """What HydrogenicGOS.integrateq tabulates, at one energy and not between two of its table."""
    gamma = 1 + beam_kev / 511.06
    t = 511060 * (1 - 1 / gamma ** 2) / 2
    low = ev ** 2 / (4 * R * t) + ev ** 3 / (8 * gamma ** 3 * R * t ** 2)
    before = t / (R * (1 - 2 * t / 511060))
    after = before - ev / R * (gamma - ev / 1022120)
    high = low + 4 * math.sqrt(before * after) * math.sin(angle / 2) ** 2
    strength = integrate.quad(lambda x: gos.gosfunc(ev, math.exp(x)), math.log(low), math.log(high))[0]
    return 3.5166e8 * R / t * R / ev * strength


for name, onset, energies in [("B_K", 188, [189, 250, 400]), ("N_K", 401, [402, 450, 600]), ("O_K", 532, [533, 600, 900]),
                              ("Si_L3", 99, [110, 140, 200]), ("Ti_L3", 456, [480, 520, 700]),
                              ("Fe_L3", 708, [730, 800, 900])]:
    gos = HydrogenicGOS(name)
    if name[-1] == "3":
        gos.onset_energy_L3 = onset
    for ev in energies:
        print(f"{name} {ev}: {cross_section(gos, ev, 0.01, 200):.6g}   (L1 {getattr(gos, 'onset_energy_L1', 0)})")
