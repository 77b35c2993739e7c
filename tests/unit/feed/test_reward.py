"""What a viewing was worth, whatever the video's length."""

import numpy as np
import pytest

from chalicelib.feed.reward import Counts, Histograms, Signals, count, reward

DURATIONS = (5_000, 15_000, 60_000, 180_000)


def histograms(appeal_of_viewers: Counts) -> Histograms:
    """Viewers who watch short videos almost whole, and a small part of long ones."""
    counts = sum(
        count(watched(appeal_of_viewers, lasts), np.full(len(appeal_of_viewers), float(lasts)))
        for lasts in DURATIONS
    )
    return Histograms(np.asarray(counts))


def watched(appeal: Counts, lasts: int) -> Counts:
    made: Counts = lasts * appeal ** (1 + lasts / 60_000)
    return made


def test_the_same_appeal_is_worth_the_same_at_every_length() -> None:
    appeal = np.asarray(np.random.default_rng(0).random(20_000))
    known = histograms(appeal)
    for wanted in (0.2, 0.5, 0.8):
        quantiles = [
            known.quantile(float(watched(np.array([wanted]), lasts)[0]), lasts)
            for lasts in DURATIONS
        ]
        assert quantiles == pytest.approx([wanted] * len(DURATIONS), abs=0.06)


def test_before_anybody_has_watched_half_a_video_is_less_than_a_whole() -> None:
    fresh = Histograms()
    assert 0 < fresh.quantile(2_500, 5_000) < fresh.quantile(5_000, 5_000) < 1


def test_more_watching_is_never_worth_less() -> None:
    known = histograms(np.asarray(np.random.default_rng(1).random(1000)))
    quantiles = [known.quantile(watch, 15_000) for watch in range(0, 40_000, 500)]
    assert quantiles == sorted(quantiles)


def test_signals_add_up() -> None:
    assert reward(0.5, 0, Signals()) == 0.5
    assert reward(0.5, 0, Signals(liked=True)) == pytest.approx(0.8)
    assert reward(1.0, 3, Signals(liked=True, shared=True, followed=True)) == pytest.approx(2.8)
    assert reward(0.1, 0, Signals(skipped=True)) == pytest.approx(-0.2)
    assert reward(1.0, 0, Signals(liked=True, not_interested=True)) == -1


def test_histograms_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        Histograms(np.zeros((2, 3)))
