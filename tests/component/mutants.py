"""Takes broken files through the whole pipeline, and notes whatever shouldn't happen."""

import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import psutil

from chalicelib.videos.verdicts import verdict
from tests.component.pipeline import Pipeline

LIMIT_SECONDS = 180
GONE_SECONDS = 2.0  # that a killed child may take to go


@dataclass(frozen=True)
class Ending:
    """How a file ended: `published` or a code of the API, and what was wrong with that."""

    verdict: str
    seconds: float
    problems: tuple[str, ...]


def take_through(pipeline: Pipeline, data: bytes, scratch: Path) -> Ending:
    """Upload a file and deliver everything. `scratch` must be empty, and is afterwards."""
    began, before, running = time.monotonic(), tempfile.tempdir, _children()
    tempfile.tempdir = str(scratch)
    try:
        found, problems = _publish(pipeline, data)
    except Exception:
        found, problems = "", [f"raised {traceback.format_exc(limit=-3)}"]
    finally:
        tempfile.tempdir = before
    seconds = time.monotonic() - began
    if seconds > LIMIT_SECONDS:
        problems.append(f"took {seconds:.0f} s")
    problems += [f"left {path.relative_to(scratch)}" for path in scratch.rglob("*")]
    problems += [f"left the process {name}" for name in _left(running)]
    return Ending(found, seconds, tuple(problems))


def _publish(pipeline: Pipeline, data: bytes) -> tuple[str, list[str]]:
    """Return the verdict on a file, and why it can't be right."""
    report = pipeline.processing(pipeline.publish(data))
    status, error = report["status"], report["error"]
    if status == "published":
        return status, []
    if error is None:
        return status, [f"is {status} without a reason"]
    code: str = error["code"]
    if (error["title"], error["hint"]) != (verdict(code).title, verdict(code).hint):
        return code, ["has other words than its code"]
    # Of a broken file there is always something to say that helps its maker.
    return code, [] if status == "rejected" and code != "internal" else [f"is {status}: {code}"]


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def _left(running: set[psutil.Process]) -> list[str]:
    _, alive = psutil.wait_procs(_children() - running, GONE_SECONDS)
    return [str(child) for child in alive]
