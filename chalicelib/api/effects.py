"""The `effects` of an upload as clients send them."""

import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.api.fields import Said
from chalicelib.api.validation import Input, validate
from chalicelib.media.effects import MIN_OUTPUT_MS, Effects, Fit, Look, Text, TextSize, Trim
from chalicelib.platform.errors import Problem

MOST_TEXTS = 10
MOST_CHARACTERS = 80
LATEST_MS = 600_000
LINE_BREAKS = "\n\r\t"


def _without_controls(text: str) -> str:
    """Refuse what no keyboard types, and what PostgreSQL can't store: NUL."""
    if any(unicodedata.category(c) == "Cc" and c not in LINE_BREAKS for c in text):
        raise PydanticCustomError("control_character", "Leave out control characters.")
    return text


def _check_order(start_ms: int, end_ms: int | None, least: int = 1) -> None:
    if end_ms is not None and end_ms - start_ms < least:
        raise PydanticCustomError(
            "time_range", "end_ms must be at least {least} ms after start_ms.", {"least": least}
        )


Milliseconds = Annotated[int, Field(ge=0, le=LATEST_MS)]
Share = Annotated[float, Field(ge=0, le=1)]
Words = Annotated[
    str, Field(min_length=1, max_length=MOST_CHARACTERS), AfterValidator(_without_controls), Said
]


class _Exact(Input):
    """Numbers are numbers here, and finite."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class TrimInput(_Exact):
    """The part to keep."""

    start_ms: Milliseconds
    end_ms: Milliseconds

    @model_validator(mode="after")
    def _lasts(self) -> "TrimInput":
        _check_order(self.start_ms, self.end_ms, least=MIN_OUTPUT_MS)
        return self


class TextInput(_Exact):
    """Words on the picture; the times are on the output's timeline."""

    text: Words
    x: Share
    y: Share
    size: TextSize
    color: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")]
    start_ms: Milliseconds = 0
    end_ms: Milliseconds | None = None

    @model_validator(mode="after")
    def _is_shown(self) -> "TextInput":
        _check_order(self.start_ms, self.end_ms)
        return self


class EffectsInput(_Exact):
    """A whole recipe."""

    trim: TrimInput | None = None
    speed: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    filter: Look = "none"
    fit: Fit = "none"
    mirror: bool = False
    text: Annotated[list[TextInput], Field(max_length=MOST_TEXTS)] = Field(default_factory=list)
    volume: Annotated[float, Field(ge=0, le=2)] = 1.0
    sound_mix: Share | None = None

    def to_effects(self) -> Effects:
        """Return the recipe as the domain knows it."""
        given = dict(self)
        given["trim"] = Trim(**dict(self.trim)) if self.trim else None
        given["text"] = tuple(
            Text(**{**dict(one), "color": one.color.lower()}) for one in self.text
        )
        return Effects(**given)


class _Upload(_Exact):
    """As much of an upload's body as makes the pointers those of the body."""

    effects: EffectsInput


def parse_effects(raw: Any) -> Effects:
    """Return the recipe in the field `effects` of a body.

    Raises Problem `effects_invalid` with a JSON pointer, from the body's root, for each mistake.
    """
    try:
        return validate(_Upload, {"effects": raw}).effects.to_effects()
    except Problem as problem:
        raise Problem("effects_invalid", problem.detail, errors=problem.errors) from problem
