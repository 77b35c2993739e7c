"""How a job ends: what its last event says, by what went wrong."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.media import events
from chalicelib.media.heartbeat import Emit
from chalicelib.media.hls import PlaylistInvalid
from chalicelib.media.honoured import JobRefused
from chalicelib.media.models import MediaRejected
from chalicelib.media.progress import FfmpegFailed, FfmpegTimedOut

Work = Callable[[events.Reporter], list[dict[str, Any]]]


def report_job(job_id: str, document: Mapping[str, Any], *, emit: Emit, work: Work) -> None:
    """Do a job to its end: COMPLETE with the outputs that `work` returns, or ERROR with the reason.

    Raises WorkInterrupted, and whatever the store raises: then the job isn't ended and may be
    tried again.
    """
    reporter = events.Reporter(job_id, str(document.get("Queue")), document.get("UserMetadata", {}))
    try:
        groups = work(reporter)
    except JobRefused as error:
        emit(reporter.error(events.REFUSED, str(error)))
    except MediaRejected as error:
        emit(reporter.error(events.error_code(error.code), str(error)))
    except FfmpegTimedOut as error:
        emit(reporter.error(events.TIMED_OUT, str(error)))
    except (FfmpegFailed, PlaylistInvalid) as error:
        emit(reporter.error(events.DECODE_ERROR, str(error)))
    else:
        emit(reporter.complete(groups))
