"""The last step: check what was made, recognise what is in it, and publish.

Everything that others can see is written in one transaction at the end; what was done before it
can be done again.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from chalicelib.media.delivery import IMMUTABLE
from chalicelib.media.fingerprints.picture import PictureFingerprint, picture_fingerprint
from chalicelib.media.fingerprints.sound import Landmarks, sound_landmarks
from chalicelib.media.jobs import frame_interval
from chalicelib.media.outputs import Outputs, OutputsIncomplete, inspect_outputs
from chalicelib.media.storyboard import make_storyboard
from chalicelib.platform import outbox
from chalicelib.platform.breaker import Breaker, guard
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count, logger
from chalicelib.videos import (
    documents,
    extras,
    fingerprints,
    follow,
    jobs,
    shelving,
    sounds,
    store,
    timeline,
    transitions,
)
from chalicelib.videos.models import Job, Stage, Status, Video

READS_AT_ONCE = 8
STORYBOARD, STORYBOARD_CUES = "storyboard.jpg", "storyboard.vtt"


class _Overtaken(Exception):
    """The video was finished, ended or tried again meanwhile."""


@dataclass(frozen=True)
class _Recognised:
    """What there is to know of a video's content; no landmarks where there is nothing to hear."""

    picture: PictureFingerprint
    sound: Landmarks | None


def finish(context: Context, job_id: str) -> None:
    """Publish what a complete full job made, or try the job again when it isn't whole.

    Raises BreakerOpen while the bucket behind the CDN keeps failing.
    """
    with context.database.transaction() as transaction:
        job = jobs.find_job(transaction, job_id)
        video = store.find_video(transaction, job.video_id) if job else None
    if job is None or video is None or not _is_due(job, video):
        logger.info("finish_not_due", extra={"job": job_id})
        return
    try:
        with guard(context, Breaker.CDN, spares=(OutputsIncomplete,)):
            outputs = inspect_outputs(
                job.outputs or {}, store=context.storage, expected_ms=video.duration_ms or 0
            )
            playback, recognised = _finish_files(context, video, outputs)
    except OutputsIncomplete as error:
        follow.retry(context, job, video, str(error))
        return
    try:
        _publish(context, job, video, playback, recognised)
    except _Overtaken:
        logger.info("finish_not_due", extra={"job": job_id})
        return
    _clean_up(context, video)
    outbox.relay_quietly(context.database, context.queues)


def _is_due(job: Job, video: Video) -> bool:
    current = video.status is Status.PROCESSING and video.attempt == job.attempt
    return job.status == "complete" and current


def _finish_files(
    context: Context, video: Video, outputs: Outputs
) -> tuple[dict[str, Any], _Recognised]:
    """Make what the transcoder doesn't, and return the playback data and what was recognised."""
    frames = _read_frames(context, outputs)
    playback = asdict(outputs.playback)
    interval = frame_interval(outputs.playback.duration_ms)
    playback["storyboard_key"] = _store_storyboard(context, playback, frames, interval)
    _stage_done(context, video, Stage.THUMBNAILS)
    sound = _listen(context, video, outputs)
    picture = picture_fingerprint(frames, interval)
    return playback, _Recognised(picture, sound)


def _read_frames(context: Context, outputs: Outputs) -> list[bytes]:
    places = [(place.bucket, place.key) for place in outputs.frames]
    with ThreadPoolExecutor(READS_AT_ONCE) as pool:
        return list(pool.map(lambda place: context.storage.read(*place), places))


def _store_storyboard(
    context: Context, playback: Mapping[str, Any], frames: list[bytes], interval: float
) -> str:
    home = str(playback["hls_key"]).rpartition("/")[0]
    made = make_storyboard(frames, interval, playback["duration_ms"], STORYBOARD)
    put = partial(context.storage.write, context.settings.media_bucket, cache_control=IMMUTABLE)
    put(f"{home}/{STORYBOARD}", made.image, content_type="image/jpeg")
    put(f"{home}/{STORYBOARD_CUES}", made.vtt.encode(), content_type="text/vtt")
    return f"{home}/{STORYBOARD_CUES}"


def _listen(context: Context, video: Video, outputs: Outputs) -> Landmarks | None:
    """Return the landmarks of a video's own sound, and keep its file in case it is a new one."""
    if outputs.sound is None or video.sound_chosen:
        return None
    landmarks = sound_landmarks(context.storage.read(outputs.sound.bucket, outputs.sound.key))
    if not landmarks:
        return None
    bucket = context.settings.media_bucket
    track = outputs.playback.audio_key
    if track is not None:
        context.storage.copy(bucket, track, sounds.audio_key(video))
    _stage_done(context, video, Stage.AUDIO)
    return landmarks


def _publish(
    context: Context, job: Job, video: Video, playback: Mapping[str, Any], recognised: _Recognised
) -> None:
    now = context.clock.now()
    with context.database.transaction() as transaction:
        _link_sound(transaction, video, playback, recognised.sound)
        found = fingerprints.find_duplicates(
            transaction, recognised.picture, except_video=video.row_id
        )
        fingerprints.store_picture_fingerprint(transaction, video.row_id, recognised.picture)
        fingerprints.flag_duplicates(transaction, video.row_id, found, now)
        status = transitions.mark_finished(
            transaction, video.row_id, job.attempt, playback=playback, now=now
        )
        if status is None:
            raise _Overtaken  # nothing of the above is kept
        finished = store.find_videos(transaction, [video.row_id])[0]
        sounds.open_to_all(transaction, video.row_id)
        extras.submit_after_finish(context, transaction, finished)
        if shelving.is_misplaced(finished):
            shelving.ask_to_place(context, transaction, video.id)
        done = [Stage.THUMBNAILS, Stage.AUDIO, Stage.FINGERPRINT, Stage.PUBLISH]
        timeline.finish(transaction, video, done, now)
    count("VideoPublished" if status is Status.PUBLISHED else "DraftReady")
    if found:
        count("DuplicateFlagged")
    extra = {"video": video.id, "status": status, "duplicates": len(found)}
    logger.info("video_finished", extra=extra)


def _link_sound(
    transaction: Connection, video: Video, playback: Mapping[str, Any], landmarks: Landmarks | None
) -> None:
    """Link a video to the known sound in it, or to a new one that is first heard in it."""
    if landmarks is None:
        return
    match = fingerprints.find_sound(transaction, landmarks, for_user=video.creator_row_id)
    if match is not None:
        transitions.set_sound(transaction, video.row_id, match.sound_row_id, match.score)
        return
    sound_row_id = sounds.create_original(transaction, video, playback["duration_ms"])
    fingerprints.store_landmarks(transaction, sound_row_id, landmarks)
    transitions.set_sound(transaction, video.row_id, sound_row_id, None)


def _stage_done(context: Context, video: Video, stage: Stage) -> None:
    with context.database.transaction() as transaction:
        timeline.finish(transaction, video, [stage], context.clock.now())


def _clean_up(context: Context, video: Video) -> None:
    """Remove the preview, which nobody needs now, and the working files; write the page.

    Those stay if the AV1 job still needs the mezzanine among them.
    """
    shelving.tidy(context, video.id)
    if not context.settings.av1_rungs:
        prefix = f"{documents.WORK}/{video.id}/"
        context.storage.delete_all(context.settings.media_bucket, prefix)
