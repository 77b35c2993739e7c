"""What a creator wants done to a clip, as a recipe; how long the clip is then."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal

from chalicelib.media.models import MediaRejected

Look = Literal["none", "mono", "warm", "cool", "vivid", "vintage", "vignette"]
Fit = Literal["none", "crop", "pad"]
TextSize = Literal["s", "m", "l"]

MIN_OUTPUT_MS, MAX_OUTPUT_MS = 300, 180_000


@dataclass(frozen=True)
class Trim:
    """The part of the source to keep, in milliseconds from its beginning."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Text:
    """Words on the picture.

    x and y are where their centre lies, as shares of the final picture's width and height. The
    times are on the output's timeline: trimmed, and at its new speed. Without an end they stay.
    """

    text: str
    x: float
    y: float
    size: TextSize
    color: str  # "#rrggbb"
    start_ms: int = 0
    end_ms: int | None = None


@dataclass(frozen=True)
class Effects:
    """A recipe, applied in the order trim, fit, mirror, filter, text, speed.

    `fit` makes the feed's portrait 9:16, by cutting to the centre or by adding black. `volume` is
    that of the clip's own sound, 1 as it is. `sound_mix` is the share of the sound that was chosen
    for the clip: at 0 only the clip's own is heard, at 1 only the chosen one.
    """

    trim: Trim | None = None
    speed: float = 1.0
    filter: Look = "none"
    fit: Fit = "none"
    mirror: bool = False
    text: tuple[Text, ...] = ()
    volume: float = 1.0
    sound_mix: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the clip stays as it is."""
        return self == Effects()

    def to_json(self) -> dict[str, Any]:
        """Return the recipe without its defaults, so that equal recipes are equal JSON."""
        found = _without_defaults(self)
        if self.trim:
            found["trim"] = _without_defaults(self.trim)
        if self.text:
            found["text"] = [_without_defaults(text) for text in self.text]
        return found

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Effects":
        """Return the recipe that `to_json` wrote. Raises TypeError for fields it doesn't have."""
        given = dict(found)
        trim, text = given.pop("trim", None), given.pop("text", ())
        return cls(
            trim=Trim(**trim) if trim else None, text=tuple(Text(**one) for one in text), **given
        )


def output_duration_ms(effects: Effects, source_ms: int) -> int:
    """Return how long a clip of this length becomes: 0 when the trim begins after its end."""
    start, end = kept_ms(effects, source_ms)
    return max(0, round((end - start) / effects.speed))


def check_output_duration(effects: Effects, source_ms: int) -> int:
    """Return the output's duration. Raises MediaRejected when it is too short or too long."""
    left = output_duration_ms(effects, source_ms)
    detail = f"The effects make {left} ms of {source_ms} ms"
    if left < MIN_OUTPUT_MS:
        raise MediaRejected("media_too_short", detail)
    if left > MAX_OUTPUT_MS:
        raise MediaRejected("media_too_long", detail)
    return left


def kept_ms(effects: Effects, source_ms: int) -> tuple[int, int]:
    """Return where in the source the kept part begins and ends; a trim may go beyond its end."""
    if effects.trim is None:
        return 0, source_ms
    return effects.trim.start_ms, min(effects.trim.end_ms, source_ms)


def _without_defaults(part: Any) -> dict[str, Any]:
    values = {field.name: (getattr(part, field.name), field.default) for field in fields(part)}
    return {
        name: value
        for name, (value, default) in values.items()
        if default is MISSING or value != default
    }
