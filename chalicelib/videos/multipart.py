"""Files too large for one request: sent in parts, each of which can be sent again on its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.platform.context import Context
from chalicelib.platform.errors import FieldError, Problem
from chalicelib.platform.observability import logger
from chalicelib.platform.storage import Part
from chalicelib.videos.models import Video
from chalicelib.videos.upload import FORM_LIFETIME, source_key

# S3 takes parts from 5 MiB. These are small enough to send one again when it breaks off, and so
# large that a file of 1 GiB has only 64 of them, whose URLs all fit into one answer.
PART_BYTES = 16 * 1024 * 1024
# No video waits for its file longer than a day, so what is older belongs to none.
ORPHANED_AFTER = timedelta(hours=25)


@dataclass(frozen=True)
class PartsUpload:
    """Where the browser sends each part, by its number, and which parts are there already."""

    upload_id: str
    urls: Mapping[int, str] = field(repr=False)
    uploaded: Sequence[Part]
    expires_at: datetime


@dataclass(frozen=True)
class SentPart:
    """A part as its sender knows it: the etag is what S3 answered, with or without quotes."""

    number: int
    etag: str


def part_sizes(size_bytes: int) -> dict[int, int]:
    """Return the size in bytes of each part of a file, by its number from 1."""
    starts = range(0, size_bytes, PART_BYTES)
    return {n: min(PART_BYTES, size_bytes - start) for n, start in enumerate(starts, 1)}


def offer_parts(context: Context, video: Video) -> PartsUpload:
    """Return a URL for each part of a video's file, and the parts that are there already."""
    upload_id, uploaded = video.upload_id, _list_parts(context, video)
    if upload_id is None or uploaded is None:
        upload_id, uploaded = _begin(context, video), []
    expires_at = context.clock.now() + FORM_LIFETIME
    urls = {
        number: context.storage.part_url(
            context.settings.uploads_bucket,
            source_key(video.id, video.generation),
            upload_id,
            number,
            size_bytes=size,
            expires_at=expires_at,
        )
        for number, size in part_sizes(video.size_bytes).items()
    }
    return PartsUpload(upload_id, urls, uploaded, expires_at)


def join_parts(context: Context, video: Video, sent: Sequence[SentPart]) -> bool:
    """Make one object of the parts; False if their upload is gone: joined, or aborted.

    Raises Problem `validation_failed` that names every part that is missing or differs.
    """
    here = _list_parts(context, video)
    if video.upload_id is None or here is None:
        return False
    errors = _compare(sent, here, part_sizes(video.size_bytes))
    if errors:
        raise Problem("validation_failed", errors[0].detail, errors=errors)
    key = source_key(video.id, video.generation)
    bucket = context.settings.uploads_bucket
    return context.storage.complete_parts(bucket, key, video.upload_id, here)


def abort_upload(context: Context, video: Video) -> None:
    """Throw away what has arrived of a file in parts; nothing happens without any."""
    if video.upload_id is not None:
        key = source_key(video.id, video.generation)
        context.storage.abort_parts(context.settings.uploads_bucket, key, video.upload_id)


def abort_orphans(context: Context) -> int:
    """Abort the uploads that no video waits for any more, and return how many there were."""
    bucket = context.settings.uploads_bucket
    before = context.clock.now() - ORPHANED_AFTER
    orphans = context.storage.list_unfinished(bucket, "raw/", begun_before=before)
    for key, upload_id in orphans:
        context.storage.abort_parts(bucket, key, upload_id)
        logger.info("upload_aborted", extra={"key": key})
    return len(orphans)


def _list_parts(context: Context, video: Video) -> list[Part] | None:
    if video.upload_id is None:
        return None
    key = source_key(video.id, video.generation)
    return context.storage.list_parts(context.settings.uploads_bucket, key, video.upload_id)


def _begin(context: Context, video: Video) -> str:
    """Begin the upload of a file, anew if S3 has forgotten the one before. Returns its id."""
    with context.database.transaction() as transaction:
        row = transaction.execute(
            "SELECT upload_id FROM videos WHERE id = %s FOR UPDATE", (video.row_id,)
        ).fetchone()
        assert row is not None  # noqa: S101 - videos are never deleted from the table
        if row["upload_id"] != video.upload_id:
            return str(row["upload_id"])  # begun by another request meanwhile
        upload_id = context.storage.begin_parts(
            context.settings.uploads_bucket,
            source_key(video.id, video.generation),
            content_type=video.content_type,
        )
        transaction.execute(
            "UPDATE videos SET upload_id = %s WHERE id = %s", (upload_id, video.row_id)
        )
    return upload_id


def _compare(
    sent: Sequence[SentPart], here: Sequence[Part], sizes: Mapping[int, int]
) -> list[FieldError]:
    """Return how the sender's list differs from the one of S3, and from the announced file."""
    parts = {part.number: part for part in here}
    seen: set[int] = set()
    errors = []
    for index, claim in enumerate(sent):
        error = _check(claim, parts.get(claim.number), sizes, repeated=claim.number in seen)
        if error is not None:
            field_name, code, detail = error
            errors.append(FieldError(f"/parts/{index}/{field_name}", code, detail))
        seen.add(claim.number)
    for number in sizes.keys() - seen:
        errors.append(FieldError("/parts", "part_missing", f"Part {number} is missing."))
    return errors


def _check(
    claim: SentPart, part: Part | None, sizes: Mapping[int, int], *, repeated: bool
) -> tuple[str, str, str] | None:
    """Return the field, code and detail of what is wrong with one part."""
    number = claim.number
    if number not in sizes:
        return "number", "part_unknown", f"The parts of this file are 1 to {len(sizes)}."
    if repeated:
        return "number", "part_repeated", f"Part {number} is in the list twice."
    if part is None:
        return "number", "part_missing", f"Part {number} has not arrived."
    if claim.etag.strip('"') != part.etag:
        return "etag", "etag_differs", f"What arrived as part {number} has another ETag."
    if part.size_bytes != sizes[number]:
        detail = f"Part {number} has {part.size_bytes} bytes; send {sizes[number]}."
        return "number", "size_differs", detail
    return None
