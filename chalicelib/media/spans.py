"""Which part of a source a job uses."""

from dataclasses import dataclass

from chalicelib.media.honoured import JobRefused
from chalicelib.media.models import Probe
from chalicelib.media.plan import Plan
from chalicelib.media.timecodes import frame_number

SLACK = 0.002  # seconds; containers round their times to a millisecond or so


@dataclass(frozen=True)
class Span:
    """A part of a source, in seconds from its beginning."""

    start: float
    seconds: float

    @property
    def seek(self) -> float:
        """Where to begin to read, so that the first frame isn't missed by a rounding error."""
        return max(0.0, self.start - SLACK)

    def clock(self, timecode: str | None, probe: Probe) -> float:
        """Return when a frame of the source is shown, in seconds from the span's beginning."""
        if timecode is None:
            return 0.0
        return frame_number(timecode, probe.frame_rate) / probe.frame_rate - self.start


def find_span(plan: Plan, probe: Probe) -> Span:
    """Return the part between a job's timecodes; a start past the end is the last frame.

    Raises JobRefused when the end comes before the start.
    """
    rate, whole = probe.frame_rate, probe.duration_ms / 1000
    source = plan.source
    start, end = 0.0, whole
    if source.start:
        start = max(0.0, min(frame_number(source.start, rate) / rate, whole - 1 / rate))
    if source.end:
        end = min((frame_number(source.end, rate) + 1) / rate, whole)
    if end <= start:
        raise JobRefused("Settings.Inputs[0].InputClippings", "ends before it starts")
    return Span(start, end - start)
