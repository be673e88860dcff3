#!/usr/bin/python3
"""Quantifies the round-robin specimens, whose composition is known, and prints the table of docs/quantification.md.

    bench/quantify.py [--bin build/release] [--data ../shared/data]

Each file holds a hundred spectra of one place. They are mapped and quantified by `eelstream map --quantify`; HyperSpy
(Debian's python3-hyperspy, hydrogenic cross-sections) fits the same model to the same channels of their sum, once with
SIGMAL3's white lines, which it leaves out, and once as it is. The last column is of the same spectra less the one of the
empty microscope that was recorded with them. Without HyperSpy these columns stay empty.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

# Of the EELSMODEL project files beside the data (github.com/joverbee/eelsmodel, Examples/Round robin, *.mod and
# Param_*.txt): 300 kV, collection 4.12 mrad, convergence 0.2 (BN), 1.1, 1.0 (TiO2) and 1.1 mrad (SrTiO3). The energies
# of three of the files *_cal are too high, each by its own amount, as peaks of the sum spectrum tell: the higher peak of
# Ti L3 (460 eV) appears at 465.3, 467.7 and 467.0, the first of O K (531 eV) at 536.7, 538.8 and 538.1. Those of BN are
# right: B pi* at 192, sigma* at 199, N pi* at 401.5 eV.
FOLDER = "eelsmodel/Round robin"
BEAM_KEV, COLLECTION_MRAD = 300, 4.12
SPECIMENS = [  # name, folder, core loss, low loss, convergence, offset, pair, known ratio
    ("BN, region 3", "T3_A3/region3", "SI_HL2_cal.dm3", "LL_cal.msa", 0.2, 0, ("B", "N"), 1.0),
    ("TiO₂, region 1", "T3_B3/region1", "SI_HL_cal.dm3", "LL_cal.msa", 1.1, -5.5, ("Ti", "O"), 0.5),
    ("TiO₂, region 2", "T3_B3/region2", "SI_HL_cal.dm3", "LL_cal.msa", 1.0, -7.7, ("Ti", "O"), 0.5),
    ("SrTiO₃, region 2", "T3_D3/region2", "SI_HL_cal.dm3", "LL_cal.msa", 1.1, -7, ("Ti", "O"), 1 / 3),
]
EDGES = {"B": ("B_K", 188), "N": ("N_K", 401), "O": ("O_K", 532), "Ti": ("Ti_L3", 456)}
GAP, NEAR, RANGE, END = 8, 40, 150, 100  # lib/eels/edge_fit.h, .c


def run(arguments, *command):
    done = subprocess.run([os.path.join(arguments.bin, "eelstream"), *command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"eelstream {' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def ours(arguments, core, low, convergence, offset, pair, folder):
    """Density ratio and its relative error with and without the low loss; pixels that were quantified."""
    optics = ["--beam", str(BEAM_KEV), "--collection", str(COLLECTION_MRAD), "--convergence", str(convergence)]
    results = []
    for i, low_loss in enumerate((low, "none")):
        if i == 0:
            report = run(arguments, "map", core, "-o", folder, "--offset", str(offset), "--quantify", "--json",
                         "--low-loss", low_loss, *optics)["quantify"]
        else:
            report = run(arguments, "quantify", core, "-o", folder, "--force", "--json", "--low-loss", low_loss, *optics)
        found = {e["symbol"]: e for e in report["elements"]}
        if not set(pair) <= set(found) or None in (found[pair[0]]["density"], found[pair[1]]["density"]):
            results.append((float("nan"), float("nan"), 0, sorted(found)))
            continue
        a, b = found[pair[0]], found[pair[1]]
        error = ((a["density_error"] / a["density"]) ** 2 + (b["density_error"] / b["density"]) ** 2) ** 0.5
        results.append((a["density"] / b["density"], error, min(a["states"]["quantified"], b["states"]["quantified"]),
                        sorted(found)))
    return results


def groups(pair):
    """What is fitted at once, as edge_fit.h groups it: names, and the channels' (from, to) in eV."""
    (_, first), (_, second) = EDGES[pair[0]], EDGES[pair[1]]
    window = [(e - GAP - min(max(0.2 * e, 20), 100), e - GAP) for e in (first, second)]
    if window[1][0] >= first + NEAR:
        return [((pair[0],), [window[0], (first + NEAR, min(first + RANGE, second - GAP))]),
                ((pair[1],), [window[1], (second + NEAR, second + RANGE)])]
    return [(pair, [window[0], (first + NEAR, second - GAP), (second + NEAR, second + RANGE)])]


def add_white_lines(gos):
    """From Ar to Ni, SIGMAL3 does not reduce the first 20 eV of an L edge; HyperSpy always does. Between 50 energies it
    interpolates, so the step needs more of them."""
    import numpy as np
    from hyperspy.misc.eels.hydrogenic_gos import XU
    reduced, z = gos.gosfunc, gos.Z

    def gosfunc(ev, q2):
        above = ev - gos.onset_energy_L3 - gos.energy_shift
        factor = ((above + 0.1) / (1.8 * z * z)) ** XU[int(z) - 11] if 18 <= z <= 28 and above <= 20 else 1
        return reduced(ev, q2) / factor

    gos.gosfunc = gosfunc
    gos.rel_energy_axis = np.concatenate([[0, 1, 2, 3, 5, 7, 10, 15, 20, 20.001], np.arange(22, 700, 6.0)])
    gos.energy_axis = gos.rel_energy_axis + gos.onset_energy


def hyperspys(core, low, convergence, offset_ev, pair, white_lines):
    """The ratio that HyperSpy finds, with hydrogenic cross-sections, for the sum of all spectra."""
    try:
        import hyperspy.api as hs
        from hyperspy.components1d import EELSCLEdge
        import numpy as np
    except ImportError:
        return float("nan")
    intensity = {}
    for names, ranges in groups(pair):
        core_loss = hs.load(core).sum()
        core_loss.change_dtype("float64")
        core_loss.set_signal_type("EELS")
        core_loss.axes_manager[-1].offset += offset_ev
        core_loss.set_microscope_parameters(beam_energy=BEAM_KEV, convergence_angle=convergence,
                                            collection_angle=COLLECTION_MRAD)
        low_loss = hs.load(low)
        low_loss.set_signal_type("EELS")
        low_loss.change_dtype("float64")
        low_loss.align_zero_loss_peak(print_stats=False, show_progressbar=False)
        scale = core_loss.axes_manager[-1].scale
        low_loss = low_loss.isig[-5.0 if low_loss.axes_manager[-1].offset < -5 else 0:]
        low_loss.data = np.clip(low_loss.data, 0, None) / low_loss.data.clip(0).sum()
        assert abs(low_loss.axes_manager[-1].scale - scale) < 1e-6
        core_loss.estimate_poissonian_noise_variance()
        model = core_loss.create_model(ll=low_loss, auto_add_edges=False)
        energies = core_loss.axes_manager[-1].axis
        used = np.zeros(len(energies), bool)
        for start, end in ranges:
            used |= (energies >= start) & (energies < end)
        used[:len(used) // END] = used[len(used) - len(used) // END:] = False
        edges = []
        for name in names:
            edge = EELSCLEdge(EDGES[name][0], GOS="hydrogenic")
            if white_lines and name == "Ti":
                add_white_lines(edge.GOS)
            edge.onset_energy.value = EDGES[name][1]
            edge.fine_structure_active = False
            model.append(edge)
            edges.append(edge)
        model.channel_switches = used
        background = model.components.PowerLaw
        window = (energies >= ranges[0][0]) & (energies < ranges[0][1])
        slope, level = np.polyfit(np.log(energies[window]), np.log(core_loss.data[window]), 1)
        background.r.value, background.A.value = -slope, np.exp(level)
        for edge in edges:
            edge.intensity.value = 0.1 * core_loss.data[used].mean()
        model.fit(optimizer="lm")
        for name, edge in zip(names, edges):
            intensity[name] = edge.intensity.value
    return intensity[pair[0]] / intensity[pair[1]]


def ours_less_empty(arguments, core, low, convergence, offset, pair, scratch):
    """The ratio, of spectra from which that of the empty microscope, recorded beside them, was subtracted."""
    try:
        import hyperspy.api as hs
    except ImportError:
        return float("nan")
    spectra = hs.load(core)
    spectra.change_dtype("float32")
    spectra.data -= hs.load(os.path.join(os.path.dirname(core), "BG_cal.msa")).data.astype("float32")
    less = os.path.join(scratch, "less.hspy")
    spectra.save(less)
    return ours(arguments, less, low, convergence, offset, pair, os.path.join(scratch, "less"))[0][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--bin", default=os.path.join(here, "../build/release"))
    parser.add_argument("--data", default=os.path.join(here, "../../shared/data"))
    arguments = parser.parse_args()
    folder = os.path.join(arguments.data, FOLDER)
    if not os.path.isdir(folder):
        sys.exit(f"{folder}: is not there; the table needs the round-robin files")
    print("| specimen | ratio | known | eelstream | off | HyperSpy, same model | apart | HyperSpy as it is | without low loss | less empty microscope | spectra |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name, place, core, low, convergence, offset, pair, known in SPECIMENS:
        core, low = os.path.join(folder, place, core), os.path.join(folder, place, low)
        with tempfile.TemporaryDirectory() as scratch:
            with_low, without = ours(arguments, core, low, convergence, offset, pair, os.path.join(scratch, "maps"))
            less = ours_less_empty(arguments, core, low, convergence, offset, pair, scratch)
        same = hyperspys(core, low, convergence, offset, pair, True)
        shipped = hyperspys(core, low, convergence, offset, pair, False)
        print(f"| {name} | {pair[0]}/{pair[1]} | {known:.3f} | {with_low[0]:.3f} ± {with_low[0] * with_low[1]:.3f} | "
              f"{100 * (with_low[0] / known - 1):+.1f} % | {same:.3f} | {100 * (with_low[0] / same - 1):+.1f} % | "
              f"{shipped:.3f} | {without[0]:.3f} | {less:.3f} | {with_low[2]} |", flush=True)


if __name__ == "__main__":
    main()
