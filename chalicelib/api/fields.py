"""The kinds of values that clients send in more than one place."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

HASHTAG = re.compile(r"\w{1,50}")


def _hashtag(value: str) -> str:
    tag = _trim(value).removeprefix("#").lower()
    if not HASHTAG.fullmatch(tag):
        raise ValueError("use 1 to 50 letters, digits or underscores")
    return tag


# What Unicode calls white space.
BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def _trim(text: str) -> str:
    return text.strip(BLANKS)


def _said(text: str) -> str:
    if not _trim(text):
        raise ValueError("blanks alone say nothing")
    return _trim(text)


# Lengths count before a text is trimmed, so that they are what the document says.
Trimmed, Said = AfterValidator(_trim), AfterValidator(_said)


def _as_written(pattern: str, max_length: int | None = None) -> StringConstraints:
    """Return what a text must look like to the letter."""
    return StringConstraints(pattern=pattern, max_length=max_length)


Username = Annotated[str, _as_written(r"^[A-Za-z0-9_.]{3,30}$")]
Password = Annotated[str, StringConstraints(max_length=4096)]
DisplayName = Annotated[str, Field(min_length=1, max_length=50), Said]
Email = Annotated[str, _as_written(r"^[^@\s]+@[^@\s]+$", max_length=254)]
Country = Annotated[str, _as_written(r"^[A-Z]{2}$")]
Language = Annotated[str, _as_written(r"^[a-z]{2,3}$")]
Channel = Annotated[str, _as_written(r"^[A-Za-z0-9_-]{1,32}$")]
Hashtag = Annotated[str, AfterValidator(_hashtag)]
Interests = Annotated[tuple[Hashtag, ...], Field(max_length=20)]
Reason = Annotated[str, Field(min_length=1, max_length=500), Said]
