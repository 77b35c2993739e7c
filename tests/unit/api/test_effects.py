"""What clients may send as effects, and how they are told what is wrong."""

import copy
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.api.effects import parse_effects
from chalicelib.media.effects import Effects, Text, Trim
from chalicelib.platform.errors import Problem

WORDS = {"text": "Hello", "x": 0.5, "y": 0.25, "size": "m", "color": "#FFcc00"}
FULL: dict[str, Any] = {
    "trim": {"start_ms": 500, "end_ms": 2500},
    "speed": 1.5,
    "filter": "vintage",
    "fit": "crop",
    "mirror": True,
    "text": [{**WORDS, "start_ms": 100, "end_ms": 900}],
    "volume": 0,
    "sound_mix": 0.25,
}


def pointers(raw: Any) -> list[str]:
    """Return where a recipe is wrong."""
    with pytest.raises(Problem) as caught:
        parse_effects(raw)
    assert (caught.value.code, caught.value.status) == ("effects_invalid", 422)
    assert caught.value.detail
    return [error.pointer for error in caught.value.errors]


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the full recipe with another value at one place."""
    recipe = copy.deepcopy(FULL)
    *way, last = path.split("/")
    at: Any = recipe
    for step in way:
        at = at[int(step) if step.isdigit() else step]
    at[last] = value
    return recipe


def test_a_recipe_is_taken_as_it_is() -> None:
    assert parse_effects(FULL) == Effects(
        trim=Trim(500, 2500),
        speed=1.5,
        filter="vintage",
        fit="crop",
        mirror=True,
        text=(Text("Hello", 0.5, 0.25, "m", "#ffcc00", 100, 900),),
        volume=0.0,
        sound_mix=0.25,
    )


def test_what_is_left_out_has_no_effect() -> None:
    assert parse_effects({}).is_empty
    assert parse_effects({"speed": 1, "filter": "none", "text": [], "trim": None}).is_empty


def test_the_same_recipe_is_the_same_json_however_it_is_written() -> None:
    long = {"volume": 1, "speed": 2, "mirror": False, "text": [{**WORDS, "start_ms": 0}]}
    short = {"text": [{**WORDS, "color": "#ffCC00"}], "speed": 2.0}
    assert parse_effects(long).to_json() == parse_effects(short).to_json()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("speed", 0.49), ("speed", 2.01), ("speed", "1"), ("speed", True), ("speed", None),
        ("speed", math.nan), ("speed", math.inf), ("speed", 10**400), ("filter", "sepia"),
        ("filter", "mono,drawtext=textfile=/etc/passwd"), ("fit", 1), ("mirror", "yes"),
        ("volume", -0.1), ("volume", 2.1), ("sound_mix", 1.1), ("sound_mix", -math.inf),
        ("trim/start_ms", -1), ("trim/start_ms", 0.5), ("trim/end_ms", 10**30),
        ("trim/end_ms", "9"),
        ("text/0/x", 1.01), ("text/0/y", math.nan), ("text/0/size", "xl"), ("text/0/color", "red"),
        ("text/0/color", "#fffff"), ("text/0/text", "x" * 81),
        ("text/0/text", " "), ("text/0/text", "nul\0"), ("text/0/text", "\ud800"),
        ("text/0/text", "\x1b[31m"), ("text/0/end_ms", -5),
    ],
)  # fmt: skip
def test_a_value_out_of_bounds_is_named(path: str, value: Any) -> None:
    assert pointers(changed(path, value)) == [f"/effects/{path}"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("trim", {"start_ms": 1000, "end_ms": 1299}),
        ("trim", {"start_ms": 1000, "end_ms": 500}),
        ("text/0", {**WORDS, "start_ms": 900, "end_ms": 900}),
        ("text", [WORDS] * 11),
    ],
)
def test_parts_that_contradict_themselves_are_named(path: str, value: Any) -> None:
    recipe = changed(path, value) if "/" not in path else {"text": [value]}
    assert pointers(recipe) == [f"/effects/{path}"]


def test_fields_that_nobody_knows_are_named() -> None:
    recipe = {"blur": 3, "text": [{**WORDS, "font/../~": "x"}]}
    assert pointers(recipe) == ["/effects/text/0/font~1..~1~0", "/effects/blur"]


def test_every_mistake_is_told_at_once() -> None:
    assert pointers({"speed": 9, "trim": {"start_ms": 0}}) == [
        "/effects/trim/end_ms",
        "/effects/speed",
    ]


@pytest.mark.parametrize("raw", [None, [], "", 3, "{}", [["speed", 2]]])
def test_what_is_no_object_is_refused(raw: Any) -> None:
    assert pointers(raw) == ["/effects"]


def test_several_lines_ten_texts_and_any_script_are_welcome() -> None:
    words = {**WORDS, "text": "\u05e9\u05dc\u05d5\u05dd\n\u65e5\u672c 👋🏽\r\n\u202eevil"}
    assert len(parse_effects({"text": [words] * 10}).text) == 10


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KNOWN = st.sampled_from([*FULL, "other"])


@given(st.dictionaries(KNOWN, ANYTHING, max_size=4) | ANYTHING)
def test_any_json_is_either_understood_or_refused(raw: Any) -> None:
    try:
        effects = parse_effects(raw)
    except Problem as problem:
        assert problem.code == "effects_invalid"
        assert all(error.pointer.startswith("/effects") for error in problem.errors)
    else:
        assert Effects.from_json(effects.to_json()) == effects
