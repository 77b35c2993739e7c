"""What a sample clip is made of, before anything is drawn or rendered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PIL import Image

WIDTH = 720
HEIGHT = 1280
FRAME_RATE = 30

Painter = Callable[..., Image.Image]


@dataclass(frozen=True)
class Layer:
    """A still that lies over the scene. `motion` are filters, `x` and `y` overlay expressions."""

    painter: Painter
    options: Mapping[str, object] = field(default_factory=dict)
    motion: str = ""
    x: str = "0"
    y: str = "0"


@dataclass(frozen=True)
class Recipe:
    """One clip: who posts it, and its picture and sound as ffmpeg filters.

    `base` is a filter graph whose last chain ends open, in any size; layers are laid over it,
    then `finish` is applied. `sound` are sources that are mixed. `seconds` is the length.
    """

    slug: str
    title: str
    tags: str
    creator: str
    seconds: int
    base: str
    sound: tuple[str, ...]
    layers: tuple[Layer, ...] = ()
    finish: str = "null"

    @property
    def description(self) -> str:
        """The text of the post."""
        return f"{self.title} {self.tags}"
