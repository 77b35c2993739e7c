"""What a clip is made of."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from PIL.Image import Image

WIDTH, HEIGHT, FRAME_RATE = 720, 1280, 30
_HASHTAG = re.compile(r"#(\w+)")


@dataclass(frozen=True)
class Scene:
    """Still layers, `[s0]` to `[sN]` in the filter graph that moves them; it ends in `[v]`.

    A graph that names `[sound]` is given the clip's own sound to draw.
    """

    graph: str
    stills: tuple[Image, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """A clip: what it shows, how it sounds, and what its creator says about it."""

    slug: str
    creator: str
    caption: str
    sound_title: str
    seconds: int
    paint: Callable[[], Scene]
    sound: str  # an audio filter graph without its label

    @property
    def description(self) -> str:
        """The text people read under the clip."""
        return f"{self.caption} ♪ {self.sound_title}"

    @property
    def hashtags(self) -> list[str]:
        """The topics, without the number sign."""
        return _HASHTAG.findall(self.caption)
