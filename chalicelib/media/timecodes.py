"""Timecodes of frames, counted from a file's first one and at the file's own rate.

`HH:MM:SS:FF` names frame `(3600 HH + 60 MM + SS) * base + FF`, where the base is the whole number
next to the frame rate: non-drop counting, as in SMPTE ST 12-1. Whoever writes one and whoever reads
it must go by the same frame rate: that of the file.
"""

import re

_FIELDS = re.compile(r"(\d\d):(\d\d):(\d\d):(\d\d)")


def timecode_at(milliseconds: int, frame_rate: float) -> str:
    """Return the timecode of the frame that is shown at a moment of a file."""
    base = _base(frame_rate)
    frame = milliseconds * round(1000 * frame_rate) // 1_000_000
    seconds, frames = divmod(frame, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}:{frames:02}"


def frame_number(timecode: str, frame_rate: float) -> int:
    """Return which frame of a file a timecode names, the first being 0. Raises ValueError."""
    fields = _FIELDS.fullmatch(timecode)
    if fields is None:
        raise ValueError(f"{timecode!r} is no timecode")
    hours, minutes, seconds, frames = map(int, fields.groups())
    return (3600 * hours + 60 * minutes + seconds) * _base(frame_rate) + frames


def _base(frame_rate: float) -> int:
    """Return how many frames a timecode counts to a second."""
    return max(1, round(frame_rate))
