"""The network of heads: finds what a plain sum can't, and says probabilities that hold."""

import numpy as np
import pytest

from chalicelib.feed.features import Table
from chalicelib.feed.learning.network import Network, fit, unpack


def planted(n: int, seed: int) -> tuple[Table, Table, Table]:
    """Rows whose first head is likely where two features differ, the second where one is high."""
    random = np.random.default_rng(seed)
    inputs = random.standard_normal((n, 4)) * [1, 1, 3, 10] + [0, 0, 5, 100]
    odds = np.stack([-3 * inputs[:, 0] * inputs[:, 1], 0.7 * (inputs[:, 2] - 5) - 2], axis=1)
    chances = 1 / (1 + np.exp(-odds))
    return inputs, (random.random((n, 2)) < chances).astype(float), chances


@pytest.fixture(scope="module")
def network() -> Network:
    inputs, outcomes, _ = planted(8000, 1)
    return fit(inputs, outcomes, seed=1)


def test_heads_learn_what_is_no_sum(network: Network) -> None:
    inputs, _, chances = planted(3000, 2)
    said = network.predict(inputs)
    for head in range(2):
        assert np.corrcoef(said[:, head], chances[:, head])[0, 1] > 0.93


def test_probabilities_hold(network: Network) -> None:
    inputs, outcomes, _ = planted(20000, 3)
    said = network.predict(inputs)
    for head in range(2):
        for low in (0.0, 0.2, 0.4, 0.6, 0.8):
            rows = (said[:, head] >= low) & (said[:, head] < low + 0.2)
            if rows.sum() > 300:
                assert outcomes[rows, head].mean() == pytest.approx(
                    said[rows, head].mean(), abs=0.07
                )


def test_a_packed_network_says_the_same(network: Network) -> None:
    inputs, _, _ = planted(100, 4)
    assert np.array_equal(unpack(network.pack()).predict(inputs), network.predict(inputs))


def test_the_same_rows_give_the_same_network() -> None:
    inputs, outcomes, _ = planted(500, 5)
    said = [fit(inputs, outcomes, seed=7).predict(inputs) for _ in range(2)]
    assert np.array_equal(*said)


def test_heads_of_which_there_is_nothing_to_learn_stay_at_what_is_usual() -> None:
    inputs, outcomes, _ = planted(500, 6)
    outcomes[:, 1] = 0
    inputs[:, 3] = 1.0
    said = fit(inputs, outcomes, seed=1).predict(inputs)
    assert np.isfinite(said).all()
    assert said[:, 1].max() < 0.05
