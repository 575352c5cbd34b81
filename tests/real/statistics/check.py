"""Computes figures again, with scipy or from their definition, and prints a line for each.

`cases.json` holds lists of cases: the name of a figure, its arguments, and what we computed. A line
begins with `ok` when every number agrees to nine digits; those of a bootstrap agree up to chance.
"""

import itertools
import json
import math
import sys
from fractions import Fraction
from pathlib import Path

import numpy
from scipy import stats

CONFIDENCE = 0.95
TAIL = (1 - CONFIDENCE) / 2


def wilson(hits, of):
    interval = stats.binomtest(hits, of).proportion_ci(CONFIDENCE, method="wilson")
    return [interval.low, interval.high]


def newcombe(both, first, second, neither):
    n = both + first + second + neither
    one, other = (both + first) / n, (both + second) / n
    (l1, u1), (l2, u2) = wilson(both + first, n), wilson(both + second, n)
    margins = math.prod([both + first, second + neither, both + second, first + neither])
    product = both * neither - first * second
    phi = (max(product - n / 2, 0) if product > 0 else product) / math.sqrt(margins) if margins else 0
    low = math.sqrt((u1 - one) ** 2 - 2 * phi * (u1 - one) * (other - l2) + (other - l2) ** 2)
    high = math.sqrt((one - l1) ** 2 - 2 * phi * (one - l1) * (u2 - other) + (u2 - other) ** 2)
    return [other - one - low, other - one + high]


def mcnemar(first, second):
    return [stats.binomtest(first, first + second, 0.5).pvalue if first + second else 1.0]


def fisher(hits, of, hits_then, of_then):
    table = [[hits, of - hits], [hits_then, of_then - hits_then]]
    return [stats.fisher_exact(table, alternative="greater").pvalue]


def at_most(hits, trials, p):
    return [stats.binom.cdf(hits, trials, p)]


def at_least(hits, trials, p):
    return [stats.binom.sf(hits - 1, trials, p)]


def ranks(thousandths, count):
    """The definition: each end fails with at most 2.5 %, or is the outermost value."""
    q = thousandths / 1000
    below, above = stats.binom.pmf(0, count, q), stats.binom.pmf(count, count, q)
    if below + above > 2 * TAIL:
        return [None, None]
    low = stats.binom.ppf(2 * TAIL - above if above > TAIL else TAIL, count, q)
    high = stats.binom.isf(2 * TAIL - below if below > TAIL else TAIL, count, q) + 1
    return [max(low, 1), min(high, count)]


def needed(thousandths):
    q = thousandths / 1000
    return [next(n for n in itertools.count(1) if q**n + (1 - q) ** n <= 2 * TAIL)]


def holm(*values):
    order = numpy.argsort(values)
    scaled = [min(1, values[place] * (len(values) - rank)) for rank, place in enumerate(order)]
    corrected = numpy.empty(len(values))
    corrected[order] = numpy.maximum.accumulate(scaled)
    return list(corrected)


def repeats(hits, of, k):
    ways = math.comb(of, k)
    return [float(1 - Fraction(math.comb(of - hits, k), ways)), float(Fraction(math.comb(hits, k), ways))]


def bootstrap(percentile, a, b):
    """The ends of the interval of the shift, from more draws than ours are."""

    q, n = percentile / 1000, len(a)
    rank = math.ceil(q * n)
    breadth = min(int(1.5 * math.sqrt(n * q * (1 - q))), rank - 1, n - rank)

    def smoothed(values, axis):
        near = numpy.sort(values, axis=axis)
        return near.take(range(rank - 1 - breadth, rank + breadth), axis=axis).mean(axis=axis)

    def shift(one, other, axis):
        return smoothed(other, axis) - smoothed(one, axis)

    options = {"paired": True, "method": "percentile", "n_resamples": 20_000, "batch": 500, "rng": 1}
    interval = stats.bootstrap((a, b), shift, **options).confidence_interval
    return [interval.low, interval.high]


FIGURES = [wilson, newcombe, mcnemar, fisher, at_most, at_least, ranks, needed, holm, repeats]


def agree(name, found, expected):
    if name == "bootstrap":
        width = expected[1] - expected[0]
        return all(abs(one - other) <= 0.08 * width for one, other in zip(found, expected, strict=True))

    def close(one, other):
        if one is None or other is None:
            return one is other
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-280)

    return all(close(one, other) for one, other in zip(found, expected, strict=True))


def main():
    figures = {it.__name__: it for it in [*FIGURES, bootstrap]}
    failed = False
    for case in json.loads(Path("cases.json").read_text()):
        name, arguments, found = case["name"], case["arguments"], case["found"]
        expected = figures[name](*arguments)
        shown = "" if name == "bootstrap" else arguments
        if agree(name, found, expected):
            print(f"ok {name} {shown}")
        else:
            failed = True
            print(f"{name} {shown}: {found} instead of {expected}")
    return failed


sys.exit(main())
