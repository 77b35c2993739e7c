"""The `detail` of "MediaConvert Job State Change" events, as the service itself sends them.

Shapes: https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_event_list.html
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACCOUNT = "000000000000"

# What can't be transcoded however often one tries. 1040 is the service's own example of an error;
# from 9000 on the codes are ours, since the service's own end with 3999.
DECODE_ERROR = 1040
TIMED_OUT = 9001
REFUSED = 9002
_VERDICTS = {
    DECODE_ERROR: "corrupt_media",
    TIMED_OUT: "decode_timeout",
    REFUSED: "internal",
    9003: "no_video_stream",
    9004: "unsupported_container",
    9005: "unsupported_codec",
    9006: "resolution_out_of_range",
    9007: "frame_rate_out_of_range",
    9008: "media_too_long",
    9009: "media_too_short",
}
_CODES = {verdict: code for code, verdict in _VERDICTS.items()}


def rejection_code(error_code: int) -> str | None:
    """Return why a job's error rejects the video; None if trying again may help."""
    return _VERDICTS.get(error_code)


def error_code(rejection: str) -> int:
    """Return the number by which an event tells of a rejection."""
    return _CODES.get(rejection, DECODE_ERROR)


@dataclass(frozen=True)
class Reporter:
    """Makes the events of one job."""

    job_id: str
    queue: str
    metadata: Mapping[str, str]

    def progressing(self) -> dict[str, Any]:
        """The work has begun."""
        return self._detail("PROGRESSING")

    def status_update(self, percent: int, phase: str) -> dict[str, Any]:
        """The work goes on; also the sign of life."""
        progress = {"jobPercentComplete": percent, "currentPhase": phase}
        return {**self._detail("STATUS_UPDATE"), "jobProgress": progress}

    def complete(self, groups: list[dict[str, Any]]) -> dict[str, Any]:
        """Everything is where the job wanted it."""
        return {**self._detail("COMPLETE"), "outputGroupDetails": groups}

    def error(self, code: int, message: str) -> dict[str, Any]:
        """The job can't be done."""
        return {**self._detail("ERROR"), "errorCode": code, "errorMessage": message}

    def _detail(self, status: str) -> dict[str, Any]:
        return {
            "timestamp": int(time.time() * 1000),
            "accountId": ACCOUNT,
            "queue": self.queue,
            "jobId": self.job_id,
            "status": status,
            "userMetadata": dict(self.metadata),
        }
