"""The processing timeline: what an owner sees of a video on its way, seconds old at most."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.platform.database import Connection
from chalicelib.videos import jobs
from chalicelib.videos.models import Stage, StageReport, StageState, Status, Video
from chalicelib.videos.verdicts import Verdict, verdict

# How much of the whole each step is worth, roughly as long as it takes.
_WEIGHTS = {
    Stage.UPLOAD: 10,
    Stage.VALIDATE: 5,
    Stage.TRANSCODE: 70,
    Stage.THUMBNAILS: 4,
    Stage.AUDIO: 3,
    Stage.FINGERPRINT: 6,
    Stage.PUBLISH: 2,
}
_FINISHED = frozenset({StageState.DONE, StageState.SKIPPED})


@dataclass(frozen=True)
class Timeline:
    """Everything there is to say about a video's processing.

    `queue_position` is how many others come first, while this one waits for its turn.
    """

    status: Status
    percent: int
    attempt: int
    queue_position: int | None
    error: Verdict | None
    stages: list[StageReport]


def open_timeline(transaction: Connection, video_row_id: int, generation: int) -> None:
    """Lay out all steps, waiting; the first one runs from the moment the form is handed out."""
    with transaction.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO processing_stages (video_id, generation, name) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [(video_row_id, generation, stage) for stage in Stage],
        )


def begin(transaction: Connection, video: Video, stages: Iterable[Stage], now: datetime) -> None:
    """Let steps run, again if they ran before; what is skipped stays skipped."""
    transaction.execute(
        "UPDATE processing_stages SET state = 'running', percent = 0, started_at = %s,"
        " ended_at = NULL WHERE video_id = %s AND generation = %s AND name = ANY(%s)"
        " AND state <> 'skipped'",
        (now, video.row_id, video.generation, list(stages)),
    )


def advance(transaction: Connection, video: Video, stage: Stage, percent: int) -> None:
    """Move a running step forward; late news never moves it back."""
    transaction.execute(
        "UPDATE processing_stages SET percent = greatest(percent, %s)"
        " WHERE video_id = %s AND generation = %s AND name = %s AND state = 'running'",
        (percent, video.row_id, video.generation, stage),
    )


def finish(transaction: Connection, video: Video, stages: Iterable[Stage], now: datetime) -> None:
    """Note that steps are done; what is done or skipped already stays as it is."""
    transaction.execute(
        "UPDATE processing_stages SET state = 'done', percent = 100,"
        " started_at = coalesce(started_at, %s), ended_at = %s"
        " WHERE video_id = %s AND generation = %s AND name = ANY(%s)"
        " AND state NOT IN ('done', 'skipped')",
        (now, now, video.row_id, video.generation, list(stages)),
    )


def skip(transaction: Connection, video: Video, stages: Iterable[Stage]) -> None:
    """Note that there is nothing to do for steps, as for the sound of a silent video."""
    transaction.execute(
        "UPDATE processing_stages SET state = 'skipped', percent = 100"
        " WHERE video_id = %s AND generation = %s AND name = ANY(%s)",
        (video.row_id, video.generation, list(stages)),
    )


def fail(transaction: Connection, video: Video, now: datetime) -> None:
    """Mark the steps that ran, or else the next one that waited, as the ones that failed."""
    transaction.execute(
        "UPDATE processing_stages SET state = 'failed', ended_at = %(now)s,"
        " started_at = coalesce(started_at, %(now)s)"
        " WHERE video_id = %(id)s AND generation = %(generation)s AND (state = 'running' OR ("
        "   name = %(first)s AND NOT EXISTS (SELECT FROM processing_stages r"
        "   WHERE r.video_id = %(id)s AND r.generation = %(generation)s AND r.state = 'running')))",
        {
            "now": now, "id": video.row_id, "generation": video.generation,
            "first": _first_waiting(_read_stages(transaction, video)),
        },
    )  # fmt: skip


def read_timeline(transaction: Connection, video: Video) -> Timeline:
    """Return a video's timeline."""
    stages = _read_stages(transaction, video)
    return Timeline(
        status=video.status,
        percent=_percent(stages),
        attempt=video.attempt,
        queue_position=_queue_position(transaction, video),
        error=verdict(video.error_code) if video.error_code else None,
        stages=stages,
    )


def _queue_position(transaction: Connection, video: Video) -> int | None:
    if video.status is not Status.PROCESSING:
        return None
    return jobs.queue_position(transaction, video.row_id, video.generation)


def _read_stages(transaction: Connection, video: Video) -> list[StageReport]:
    rows = transaction.execute(
        "SELECT name, state::text AS state, percent, started_at, ended_at FROM processing_stages"
        " WHERE video_id = %s AND generation = %s",
        (video.row_id, video.generation),
    ).fetchall()
    by_name = {row["name"]: row for row in rows}
    return [
        StageReport(
            stage,
            StageState(row["state"]),
            row["percent"],
            row["started_at"],
            row["ended_at"],
        )
        for stage in Stage
        if (row := by_name.get(stage)) is not None
    ]


def _first_waiting(stages: list[StageReport]) -> str:
    waiting = [stage.name for stage in stages if stage.state is StageState.WAITING]
    return waiting[0] if waiting else Stage.PUBLISH


def _percent(stages: list[StageReport]) -> int:
    done = sum(
        _WEIGHTS[stage.name] * (100 if stage.state in _FINISHED else stage.percent)
        for stage in stages
    )
    return done // sum(_WEIGHTS.values())
