"""What can be set of the feed: weights, and experiments that deal viewers out fairly."""

import json
from typing import Any

import numpy as np
import pytest

from chalicelib.feed import configuration
from chalicelib.feed.features import DEFAULT_WEIGHTS, FEATURES, Feature
from chalicelib.platform.configuration import Setting, ValueRefused

TWO = [
    {"appeal": 0.6},
    [
        {
            "name": "fresh",
            "salt": "1",
            "variants": [
                {"name": "control", "share": 0.25},
                {"name": "more", "share": 0.5, "weights": {"freshness": 0.4}},
            ],
        },
        {
            "name": "sound",
            "salt": "1",
            "variants": [{"name": "more", "share": 0.5, "weights": {"sound_affinity": 0.5}}],
        },
    ],
]


def weight(weights: np.ndarray, feature: Feature) -> float:
    return float(weights[FEATURES.index(feature)])


def test_without_anything_said_the_usual_weights_are_in_force() -> None:
    settled = configuration.of("[{}, []]")
    assert settled.weights_of({}).tolist() == list(DEFAULT_WEIGHTS.values())
    assert settled.variants_of("u:1") == {}


def test_viewers_fall_into_variants_by_their_shares_and_stay_there() -> None:
    settled = configuration.of(json.dumps(TWO))
    viewers = [f"u:{n}" for n in range(4000)]
    found = [settled.variants_of(viewer) for viewer in viewers]
    assert found == [settled.variants_of(viewer) for viewer in viewers]
    names = [one.get("fresh") for one in found]
    for name, share in (("control", 0.25), ("more", 0.5), (None, 0.25)):
        assert names.count(name) / 4000 == pytest.approx(share, abs=0.03)


def test_layers_do_not_depend_on_each_other_and_a_new_salt_deals_anew() -> None:
    settled = configuration.of(json.dumps(TWO))
    again = configuration.of(json.dumps(TWO).replace('"salt": "1"', '"salt": "2"'))
    found = [settled.variants_of(f"u:{n}") for n in range(4000)]
    both = sum(one.get("fresh") == "more" and one.get("sound") == "more" for one in found)
    assert both / 4000 == pytest.approx(0.25, abs=0.03)
    moved = [again.variants_of(f"u:{n}").get("fresh") for n in range(4000)]
    stayed = sum(one.get("fresh") == other for one, other in zip(found, moved, strict=True))
    assert stayed / 4000 == pytest.approx(0.25**2 + 0.5**2 + 0.25**2, abs=0.03)


def test_a_variant_changes_the_weights_that_it_names() -> None:
    settled = configuration.of(json.dumps(TWO))
    weights = settled.weights_of({"fresh": "more"})
    assert weight(weights, Feature.FRESHNESS) == 0.4
    assert weight(weights, Feature.APPEAL) == 0.6
    assert weight(weights, Feature.SOUND) == DEFAULT_WEIGHTS[Feature.SOUND]


@pytest.mark.parametrize(
    ("setting", "value", "what"),
    [
        (configuration.WEIGHTS, [], "type object"),
        (configuration.WEIGHTS, {"beauty": 1}, "beauty: no such feature"),
        (configuration.LAYERS, {}, "type array"),
        (configuration.LAYERS, [{"name": "a", "salt": "", "variants": []}], "shares of 'a'"),
        (
            configuration.LAYERS,
            [
                {
                    "name": "a",
                    "salt": "",
                    "variants": [{"name": "x", "share": 0.7}, {"name": "y", "share": 0.7}],
                }
            ],
            "sum to 1",
        ),
        (configuration.LAYERS, [{"salt": ""}], "'variants' is missing"),
        (configuration.LAYERS, ["a"], "is not valid"),
    ],
)
def test_what_is_wrong_is_said(setting: Setting, value: Any, what: str) -> None:
    with pytest.raises(ValueRefused) as raised:
        setting.validate(value)
    assert what in str(raised.value)
