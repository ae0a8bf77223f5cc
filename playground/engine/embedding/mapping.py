"""Maps: many numbers for each image brought to two, so that epochs can be compared by eye."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

Matrix: TypeAlias = NDArray[Any]

ROUND = 250  # steps of t-SNE at a time, the fewest that scikit-learn does: half a second or so
_FIRST_ROUNDS = 3  # until a map that began as PCA's moves no more
_PERPLEXITY = 30.0
_AHEAD = 50  # principal components that t-SNE is given, which is usual and saves time


def pca(features: Matrix) -> tuple[Matrix, float]:
    """Return the two directions of most variance `[N, 2]`, and the share of it that they hold."""
    found = np.zeros((len(features), 2))
    spread = features - features.mean(axis=0)
    if not spread.any():
        return found, 0.0  # all the same, as in a network whose units are all dead
    directions = min(2, *features.shape)
    fitted = PCA(directions, random_state=0)
    found[:, :directions] = fitted.fit_transform(spread)
    return found, float(fitted.explained_variance_ratio_.sum())


def aligned(places: Matrix, before: Matrix | None) -> Matrix:
    """Return places `[N, 2]` around zero, on average √2 from it, turned towards those `before`.

    Turned and mirrored as a whole, which changes no distance: orthogonal Procrustes (Schönemann
    1966).
    """
    centred: Matrix = places - places.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=1).mean() / 2)
    centred = centred / size if size > 0 else centred
    if before is None or not centred.any() or not before.any():
        return centred
    turn, _ = orthogonal_procrustes(centred, before)
    turned: Matrix = centred @ turn
    return turned


def rounds(is_first: bool) -> int:
    """Return how many rounds of t-SNE an epoch takes: less for one that goes on from another."""
    return _FIRST_ROUNDS if is_first else 1


def reduced(features: Matrix) -> Matrix:
    """Return what t-SNE is given of the features: their first principal components."""
    if min(features.shape) <= _AHEAD:
        return features
    found: Matrix = PCA(_AHEAD, random_state=0).fit_transform(features)
    return found


def tsne_round(features: Matrix, places: Matrix, *, begins: bool) -> Matrix:
    """Return `places` after one more round of t-SNE (van der Maaten and Hinton 2008).

    One that `begins` starts close together and pulls groups apart first.
    """
    start = 1e-4 * places / max(float(places.std()), 1e-12) if begins else places
    if begins and not places.any():
        start = 1e-4 * np.random.default_rng(0).standard_normal(places.shape)
    perplexity = min(_PERPLEXITY, (len(features) - 1) / 3)
    settings: dict[str, Any] = {"max_iter": ROUND, "random_state": 0, "n_jobs": 1}
    settings["early_exaggeration"] = 12.0 if begins else 1.0
    fitted = TSNE(2, perplexity=perplexity, init=start.astype(np.float32), **settings)
    found: Matrix = fitted.fit_transform(features)
    return found
