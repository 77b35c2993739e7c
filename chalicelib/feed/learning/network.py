"""A small network with several heads: how likely a viewing ends so or so, from the feature table.

Two hidden layers are shared by all heads (multi-task learning, Caruana 1997); trained by Adam
(Kingma, Ba 2015) until what is held out gets no better; each head is calibrated by Platt scaling
(Platt 1999) on the same held-out rows.
"""

import io
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from chalicelib.feed.features import Table

HIDDEN = (32, 16)
RATE, DECAY_1, DECAY_2, TINY = 2e-3, 0.9, 0.999, 1e-8
L2 = 1e-4
BATCH = 512
MOST_EPOCHS, PATIENCE = 60, 5
HELD_OUT = 0.1
PLATT_STEPS = 25
FAR = 30.0  # log odds beyond which nothing changes


@dataclass(frozen=True)
class Network:
    """Weights: `mean`, `spread` (F,) of inputs; layers of (in, out) and (out,); `platt` (2, H)."""

    mean: Table
    spread: Table
    layers: tuple[tuple[Table, Table], ...]
    platt: Table

    def predict(self, inputs: Table) -> Table:
        """Return the probability of every head, (n, H), for rows of features, (n, F)."""
        logits, _ = _forward(self.layers, (inputs - self.mean) / self.spread)
        return _sigmoid(logits * self.platt[0] + self.platt[1])

    def pack(self) -> bytes:
        """Return the network as bytes, in numpy's own format."""
        arrays = {"mean": self.mean, "spread": self.spread, "platt": self.platt}
        for number, (weights, bias) in enumerate(self.layers):
            arrays |= {f"weights{number}": weights, f"bias{number}": bias}
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **arrays)
        return packed.getvalue()


def unpack(data: bytes) -> Network:
    """Return a packed network."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        depth = sum(name.startswith("weights") for name in arrays.files)
        layers = tuple((arrays[f"weights{n}"], arrays[f"bias{n}"]) for n in range(depth))
        return Network(arrays["mean"], arrays["spread"], layers, arrays["platt"])


def fit(inputs: Table, outcomes: Table, *, seed: int) -> Network:
    """Return a network for what came of rows of features.

    Parameters
    ----------
    inputs: (n, F), outcomes: (n, H) of 0 and 1; 20 rows at least.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(inputs))
    held = order[: max(2, int(HELD_OUT * len(order)))]
    rest = order[len(held) :]
    mean, spread = inputs[rest].mean(axis=0), inputs[rest].std(axis=0)
    spread = np.where(spread > TINY, spread, 1.0)
    scaled = (inputs - mean) / spread
    layers = _train(random, scaled[rest], outcomes[rest], scaled[held], outcomes[held])
    logits, _ = _forward(layers, scaled[held])
    return Network(mean, spread, layers, _platt(logits, outcomes[held]))


Layers = tuple[tuple[Table, Table], ...]


def _train(
    random: np.random.Generator, inputs: Table, outcomes: Table, seen: Table, came: Table
) -> Layers:
    """Return the layers that say best what came of rows they were not trained on."""
    layers = _begin(random, inputs.shape[1], outcomes)
    moments = [[np.zeros_like(part) for part in layer for _ in range(2)] for layer in layers]
    best, best_loss, worse, steps = layers, np.inf, 0, 0
    for _ in range(MOST_EPOCHS):
        order = random.permutation(len(inputs))
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            steps += 1
            layers = _step(layers, _gradients(layers, inputs[rows], outcomes[rows]), moments, steps)
        loss = _loss(layers, seen, came)
        if loss < best_loss - 1e-5:
            best, best_loss, worse = layers, loss, 0
        elif (worse := worse + 1) == PATIENCE:
            break
    return best


def _begin(random: np.random.Generator, width: int, outcomes: Table) -> Layers:
    """Return random layers (He et al. 2015) whose heads begin at what is usual."""
    sizes = (width, *HIDDEN, outcomes.shape[1])
    usual = np.clip(outcomes.mean(axis=0), 1e-3, 1 - 1e-3)
    return tuple(
        (
            random.standard_normal((a, b)) * np.sqrt(2 / a),
            np.log(usual / (1 - usual)) if n == len(HIDDEN) else np.zeros(b),
        )
        for n, (a, b) in enumerate(pairwise(sizes))
    )


def _forward(layers: Layers, inputs: Table) -> tuple[Table, list[Table]]:
    """Return the log odds of the heads, and what went into each layer."""
    values, went = inputs, []
    for number, (weights, bias) in enumerate(layers):
        went.append(values)
        values = values @ weights + bias
        if number < len(layers) - 1:
            values = np.maximum(values, 0)
    return values, went


def _gradients(layers: Layers, inputs: Table, outcomes: Table) -> list[tuple[Table, Table]]:
    logits, went = _forward(layers, inputs)
    slope = (_sigmoid(logits) - outcomes) / len(inputs)
    found: list[tuple[Table, Table]] = []
    for (weights, _), values in zip(reversed(layers), reversed(went), strict=True):
        found.append((values.T @ slope + L2 * weights, slope.sum(axis=0)))
        slope = (slope @ weights.T) * (values > 0)
    return found[::-1]


def _step(
    layers: Layers,
    gradients: list[tuple[Table, Table]],
    moments: list[list[Table]],
    steps: int,
) -> Layers:
    """Return the layers after one step of Adam; `moments` are changed in place."""
    moved = []
    for layer, slopes, kept in zip(layers, gradients, moments, strict=True):
        parts = []
        for place, (part, slope) in enumerate(zip(layer, slopes, strict=True)):
            first, second = kept[2 * place], kept[2 * place + 1]
            first += (1 - DECAY_1) * (slope - first)
            second += (1 - DECAY_2) * (slope * slope - second)
            unbiased = first / (1 - DECAY_1**steps)
            size = np.sqrt(second / (1 - DECAY_2**steps)) + TINY
            parts.append(part - RATE * unbiased / size)
        moved.append((parts[0], parts[1]))
    return tuple(moved)


def _loss(layers: Layers, inputs: Table, outcomes: Table) -> float:
    """Return the mean cross-entropy."""
    logits, _ = _forward(layers, inputs)
    return float(np.mean(np.logaddexp(0, logits) - outcomes * logits))


def _platt(logits: Table, outcomes: Table) -> Table:
    """Return slope and offset of each head, (2, H), by Newton's method on smoothed targets."""
    found = np.ones((2, logits.shape[1]))
    found[1] = 0
    for head in range(logits.shape[1]):
        x, y = logits[:, head], outcomes[:, head]
        good = y.sum()
        target = np.where(y > 0, (good + 1) / (good + 2), 1 / (len(y) - good + 2))
        both = np.stack([x, np.ones(len(x))], axis=1)
        line = np.array([1.0, 0.0])
        for _ in range(PLATT_STEPS):
            said = _sigmoid(both @ line)
            slope = both.T @ (said - target)
            bend = (both * (said * (1 - said))[:, None]).T @ both + 1e-3 * np.eye(2)
            line = line - np.linalg.solve(bend, slope)
        if line[0] > 0 and np.isfinite(line).all():  # a head that says nothing stays as it is
            found[:, head] = line
    return found


def _sigmoid(logits: Table) -> Table:
    said: Table = 1 / (1 + np.exp(-np.clip(logits, -FAR, FAR)))
    return said
