"""A spectrum image of any size for benchmarks: oxides of titanium, iron and nothing, Poisson noise, uint16.

    make(path, rows, columns, channels)     path ends in .hspy; the same bytes every time

The spectra repeat every 64 pixels: what is in them changes neither reading nor inference.
"""
import h5py
import numpy as np

START_EV, END_EV = 380.0, 890.0


def spectra(channels):
    random = np.random.default_rng(20261125)
    energy = np.linspace(START_EV, END_EV, channels, endpoint=False)
    edges = {456: 0.9, 532: 0.5, 708: 0.8}
    rows = []
    for pixel in range(64):
        counts = 2000 * (energy / START_EV) ** -2.9
        for number, (onset, jump) in enumerate(edges.items()):
            past = energy - onset
            height = jump * 2000 * (onset / START_EV) ** -2.9 * (pixel % 4 != number)
            counts += np.where(past > 0, height * (0.4 + 0.6 * np.exp(-past / 4)) * (1 + past / onset) ** -3, 0)
        rows.append(random.poisson(counts))
    return np.array(rows, np.uint16)


def make(path, rows, columns, channels):
    pattern = spectra(channels)
    with h5py.File(path, "w") as file:
        file.attrs["file_format"], file.attrs["file_format_version"] = "HyperSpy", "3.1"
        group = file.create_group("Experiments/benchmark")
        data = group.create_dataset("data", (rows, columns, channels), np.uint16)
        for row in range(rows):
            data[row] = pattern[(np.arange(columns) + row * columns) % 64]
        steps = (("y", 2.0, "nm", True), ("x", 2.0, "nm", True),
                 ("Energy loss", (END_EV - START_EV) / channels, "eV", False))
        for number, (name, scale, units, navigate) in enumerate(steps):
            axis = group.create_group(f"axis-{number}")
            axis.attrs.update(name=name, units=units, scale=scale, offset=0.0 if navigate else START_EV,
                              size=data.shape[number], navigate=navigate, _type="UniformDataAxis")
        group.create_group("metadata/General").attrs["title"] = "benchmark"
        group.create_group("metadata/Signal").attrs["signal_type"] = "EELS"
        group.create_group("original_metadata")
        group.create_group("learning_results")
    return path
