"""The statistics of experiments, against values that are known."""

import numpy as np
import pytest

from chalicelib.feed.experiments import sample_ratio_p, snips


@pytest.mark.parametrize(
    ("counts", "shares", "p"),
    [
        ([500, 500], [0.5, 0.5], 1.0),
        ([520, 480], [0.5, 0.5], 0.2059),  # chi-square 1.6, 1 degree of freedom
        ([600, 400], [0.5, 0.5], 2.54e-10),
        ([250, 500], [0.2, 0.4], 1.0),  # of shares that leave a part out
        ([100, 120, 140], [1 / 3, 1 / 3, 1 / 3], 0.0357),  # 6.67, 2
        ([90, 100, 110, 100], [0.25] * 4, 0.5724),  # 2.0, 3
        ([80, 100, 120, 100, 100], [0.2] * 5, 0.0916),  # 8.0, 4
        ([0, 0], [0.5, 0.5], 1.0),
    ],
)
def test_sample_ratios(counts: list[int], shares: list[float], p: float) -> None:
    assert sample_ratio_p(counts, shares) == pytest.approx(p, rel=2e-3)


def test_the_estimate_undoes_what_was_drawn_more_often() -> None:
    random = np.random.default_rng(1)
    worth, chances = np.array([0.2, 0.5, 0.9]), np.array([0.05, 0.15, 0.8])
    drawn = random.choice(3, 20_000, p=chances)
    found = snips(worth[drawn].tolist(), chances[drawn].tolist())
    assert found is not None
    assert found.value == pytest.approx(worth.mean(), abs=0.02)
    assert 1000 < found.effective < 20_000
    assert snips([], []) is None
