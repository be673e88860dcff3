#!/usr/bin/env python3
"""Golden numbers for tests/test_cross_section.c: generalised oscillator strengths of a hydrogen atom.

Not the closed formulae that lib/eels/cross_section.c has, but the integrals they stand for: Coulomb
waves of the ejected electron, partial wave by partial wave, with bound 1s, 2s and 2p functions.
Bethe (1930): df/dE = E / q^2 * sum over final states |<E l'| exp(iqr) |nl>|^2, in rydbergs, with
q times the Bohr radius. Needs mpmath.

    python3 tests/golden/make_gos.py
"""
from fractions import Fraction
from math import exp, factorial, pi, sin, sqrt

import mpmath

STEP = 0.01  # Bohr radii
BOUND = {    # r times the radial function, charge 1; where it has vanished
    (1, 0): (lambda r: 2 * r * exp(-r), 40),
    (2, 0): (lambda r: r * (1 - r / 2) * exp(-r / 2) / sqrt(2), 80),
    (2, 1): (lambda r: r * r * exp(-r / 2) / sqrt(24), 80),
}
PARTIAL_WAVES = 24


def coulomb_wave(l, k, n):
    """F_l(-1/k, k r) on the grid: Numerov's rule outwards, scaled to mpmath's value at one radius."""
    g = [0.0] + [l * (l + 1) / (i * STEP) ** 2 - 2 / (i * STEP) - k * k for i in range(1, n)]
    first = max(1, int(l / 2))
    u = [0.0] * n
    u[first], u[first + 1] = 1e-250, 1e-250 * ((first + 1) / first) ** (l + 1)
    h = STEP * STEP / 12
    if first == 1:
        u[1], u[2] = ((i * STEP) ** (l + 1) * (1 - i * STEP / (l + 1)) for i in (1, 2))
    for i in range(first + 1, n - 1):
        u[i + 1] = (2 * u[i] * (1 + 5 * h * g[i]) - u[i - 1] * (1 - h * g[i - 1])) / (1 - h * g[i + 1])
    at = max(range(n // 2, n), key=lambda i: abs(u[i]))
    scale = float(mpmath.coulombf(l, -1 / k, k * at * STEP)) / u[at]
    return [scale * value for value in u]


def spherical_bessel(order, x):
    """j_0 … j_order at x: downwards from far above, where it is stable."""
    top = order + 20 + int(x)
    above, here, values = 0.0, 1e-30, [0.0] * (order + 1)
    for m in range(top, 0, -1):
        above, here = here, (2 * m + 1) / x * here - above
        if abs(here) > 1e200:
            above, here, values = above * 1e-200, here * 1e-200, [v * 1e-200 for v in values]
        if m - 1 <= order:
            values[m - 1] = here
    zero = sin(x) / x
    if abs(zero) > 1e-3:
        scale = zero / values[0]
    else:
        scale = float(mpmath.sqrt(mpmath.pi / (2 * x)) * mpmath.besselj(1.5, x)) / values[1]
    return [scale * v for v in values]


def three_j_squared(a, b, c):
    """(a b c; 0 0 0)^2"""
    s = a + b + c
    if s % 2 or c > a + b or c < abs(a - b):
        return 0.0
    f, g = factorial, s // 2
    return float(Fraction(f(s - 2 * a) * f(s - 2 * b) * f(s - 2 * c), f(s + 1)) *
                 Fraction(f(g), f(g - a) * f(g - b) * f(g - c)) ** 2)


def gos(n, l, k2, q2):
    """Per electron and rydberg, for an electron that leaves with k2 rydbergs."""
    bound, far = BOUND[n, l]
    k, q, points = sqrt(k2), sqrt(q2), int(far / STEP)
    bessel = [[0.0] * (PARTIAL_WAVES + 2)] + [spherical_bessel(PARTIAL_WAVES + 1, q * i * STEP)
                                              for i in range(1, points)]
    weight = [bound(i * STEP) * STEP * (4 if i % 2 else 2) / 3 for i in range(points)]
    total = 0.0
    for final in range(PARTIAL_WAVES):
        wave = coulomb_wave(final, k, points)
        for order in range(abs(final - l), final + l + 1):
            angular = (2 * order + 1) * (2 * final + 1) * three_j_squared(order, final, l)
            if angular:
                total += angular * sum(w * u * j[order] for w, u, j in zip(weight, wave, bessel)) ** 2
    return (k2 + 1 / n ** 2) / q2 * total / (pi * k)  # F^2 / (pi k) is normalised per rydberg


if __name__ == "__main__":
    for n, l, k2, q2 in [(1, 0, .3, .01), (1, 0, 1.5, 1.0), (1, 0, 4.0, 6.0), (2, 0, .15, .01), (2, 0, .8, .7),
                         (2, 0, 2.0, 2.5), (2, 1, .15, .01), (2, 1, .8, .7), (2, 1, 2.0, 2.5)]:
        print(f"{n}{'sp'[l]}  k2 = {k2}  q2 = {q2}  {gos(n, l, k2, q2):.8f}", flush=True)
