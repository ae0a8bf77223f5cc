"""Calibration: whether a network that says 80 % is right in 80 of 100 cases, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from playground.analysis.confusion import Shares
from playground.analysis.estimates import LEVEL, Interval
from playground.analysis.mistakes import LEAST_SHARE
from playground.analysis.stored_answers import Flags, Integers

MOST_BINS = 15
FEWEST_IMAGES = 40  # for two bins

_PER_BIN = 20  # images: fewer say nothing of a share
_DRAWS = 2000
_FITTED = 2000  # images that one temperature is fitted on, at most: it is but one number
COLDEST, HOTTEST = 0.05, 20.0
"""The lowest and the highest temperature that is looked for."""


@dataclass(frozen=True, eq=False, slots=True)
class Reliability:
    """Bins of as many images each, by rising confidence: mean confidence, right, images `[B]`."""

    confidence: Shares
    right: Integers
    images: Integers
    error: CalibrationError


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """How far confidence is from accuracy: root mean square over bins, as a share from 0 to 1.

    `seen` is the distance as it is seen; `by_chance` what a perfectly calibrated network would
    show with as many images; `debiased` what is left without chance, with its 95 % interval.
    `too_sure` is the mean confidence less the accuracy of all images, with the 95 % interval too.
    """

    seen: float
    by_chance: float
    debiased: float
    interval: Interval
    too_sure: float = 0.0
    side: Interval = (0.0, 0.0)


def reliability(confidence: Shares, right: Flags) -> Reliability:
    """Return bins of equal mass and the error, from confidences and right answers `[N]`.

    At least `FEWEST_IMAGES`. The squared distance of each bin is debiased by the variance of its
    mean, after Kumar, Liang and Ma, "Verified uncertainty calibration", 2019; the interval holds
    the errors whose 95 % of simulated outcomes, with a fixed seed, include what is seen.
    """
    order = np.argsort(confidence, kind="stable")
    sure, is_right = np.asarray(confidence, np.float64)[order], right[order]
    count = min(MOST_BINS, len(order) // _PER_BIN)
    bounds = np.linspace(0, len(order), count + 1).astype(int)
    starts, images = bounds[:-1], np.diff(bounds)
    mean = np.add.reduceat(sure, starts) / images
    hits = np.add.reduceat(is_right.astype(np.int64), starts)
    gaps = sure - is_right
    gap = np.add.reduceat(gaps, starts) / images
    squares = np.add.reduceat((gaps - np.repeat(gap, images)) ** 2, starts)
    # Of a bin with all right the sample has no variance; what confidence promises has.
    promised = np.add.reduceat(sure * (1 - sure), starts) / images**2
    variance = np.maximum(squares / (images - 1) / images, promised)
    weight = images / len(order)
    plain = float(weight @ gap**2)
    debiased = plain - float(weight @ variance)
    noise = np.random.default_rng(0).normal(0.0, np.sqrt(variance), (_DRAWS, count))
    shape = gap / _root(plain) if plain else np.ones(count)
    low, high = (_error_with(share, plain, shape, noise, weight) for share in (0.975, 0.025))
    half = float(ndtri((1 + LEVEL) / 2)) * _root(float(weight**2 @ variance))
    too_sure = float(weight @ gap)
    error = CalibrationError(
        seen=_root(plain),
        by_chance=_root(float(weight @ promised)),
        debiased=_root(debiased),
        interval=(low, high),
        too_sure=too_sure,
        side=(too_sure - half, too_sure + half),
    )
    return Reliability(mean, hits, images, error)


def _error_with(share: float, plain: float, shape: Shares, noise: Shares, weight: Shares) -> float:
    """Return the error with which this share of outcomes is at most as large as what is `plain`."""
    low, high = 0.0, 1.0
    if np.quantile(noise**2 @ weight, share) >= plain:
        return 0.0
    for _ in range(12):
        middle = (low + high) / 2
        outcome = np.quantile((middle * shape + noise) ** 2 @ weight, share)
        low, high = (middle, high) if outcome < plain else (low, middle)
    return low if share > 0.5 else high


def _root(square: float) -> float:
    return float(np.sqrt(max(0.0, square)))


def coverage(confidence: Shares, right: Flags) -> tuple[Shares, Shares]:
    """Return the share answered and the accuracy of those, for every threshold at a confidence.

    Both `[K]`, by falling thresholds: images of the same confidence are answered together.
    """
    order = np.argsort(-np.asarray(confidence, np.float64), kind="stable")
    sure = confidence[order]
    ends = np.flatnonzero(np.append(sure[1:] != sure[:-1], True)) + 1
    return ends / len(order), np.cumsum(right[order])[ends - 1] / ends


def temperature(probabilities: Shares, labels: Integers) -> float:
    """Return the temperature that suits the answers `[N, classes]` best, from 0.05 to 20.

    Dividing the logits by it gives the smallest cross-entropy. Guo and others, "On calibration of
    modern neural networks", 2017.
    """
    step = -(-len(labels) // _FITTED)
    scores, labels = _scores(probabilities[::step]), labels[::step]
    given = scores[np.arange(len(labels)), labels]
    low, high = 1 / HOTTEST, 1 / COLDEST
    factor = 1.0
    for _ in range(50):
        shares = _softmax(scores * factor)
        mean = (shares * scores).sum(axis=1)
        slope = float((mean - given).mean())
        low, high = (low, factor) if slope > 0 else (factor, high)
        curvature = float(((shares * scores**2).sum(axis=1) - mean**2).mean())
        step_to = factor - slope / curvature if curvature > 0 else low
        # The slope rises with the factor, so Newton's step is taken where it stays in between.
        new = step_to if low < step_to < high else (low * high) ** 0.5
        if abs(new - factor) < 1e-6 * factor:
            break
        factor = new
    return 1 / factor


def scaled(probabilities: Shares, temperature: float) -> Shares:
    """Return the probabilities `[N, classes]` with the logits divided by a temperature."""
    return _softmax(_scores(probabilities) / temperature)


def cross_scaled(probabilities: Shares, labels: Integers) -> tuple[Shares, tuple[float, float]]:
    """Return the probabilities scaled by the temperature that suits the other half of the images.

    And both temperatures. So no image judges a temperature that was fitted to it.
    """
    result = np.empty(probabilities.shape, np.float32)
    temperatures = tuple(temperature(probabilities[half::2], labels[half::2]) for half in (0, 1))
    for half, fitted in enumerate(reversed(temperatures)):
        result[half::2] = scaled(probabilities[half::2], fitted)
    return result, (temperatures[0], temperatures[1])


def _scores(probabilities: Shares) -> Shares:
    return np.log(np.maximum(np.asarray(probabilities, np.float32), LEAST_SHARE))


def _softmax(scores: Shares) -> Shares:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Shares = powers / powers.sum(axis=1, keepdims=True)
    return shares
