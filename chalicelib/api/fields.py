"""The kinds of values that clients send in more than one place."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

HASHTAG = re.compile(r"\w{1,50}")


def _hashtag(value: str) -> str:
    tag = value.removeprefix("#").lower()
    if not HASHTAG.fullmatch(tag):
        raise ValueError("use 1 to 50 letters, digits or underscores")
    return tag


def _as_written(pattern: str, max_length: int | None = None) -> StringConstraints:
    """Return what a text must look like that isn't trimmed before."""
    return StringConstraints(strip_whitespace=False, pattern=pattern, max_length=max_length)


Username = Annotated[str, _as_written(r"^[A-Za-z0-9_.]{3,30}$")]
Password = Annotated[str, StringConstraints(strip_whitespace=False, max_length=4096)]
DisplayName = Annotated[str, Field(min_length=1, max_length=50)]
Email = Annotated[str, _as_written(r"^[^@\s]+@[^@\s]+$", max_length=254)]
Country = Annotated[str, _as_written(r"^[A-Z]{2}$")]
Language = Annotated[str, _as_written(r"^[a-z]{2,3}$")]
Channel = Annotated[str, _as_written(r"^[A-Za-z0-9_-]{1,32}$")]
Hashtag = Annotated[str, AfterValidator(_hashtag)]
Interests = Annotated[tuple[Hashtag, ...], Field(max_length=20)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
