"""Sounds: each is first heard in some video; others may be heard to have it, or choose it."""

from chalicelib.platform import ids
from chalicelib.platform.database import Connection
from chalicelib.videos.models import Video

TITLE = "original sound"


def find_usable_sound(transaction: Connection, public_id: str, user_row_id: int) -> int | None:
    """Return the row id of a sound that somebody may put under a video: a public one, or theirs."""
    row = transaction.execute(
        "SELECT id FROM sounds WHERE public_id = %s AND (public OR creator_id = %s)",
        (public_id, user_row_id),
    ).fetchone()
    return None if row is None else int(row["id"])


def public_id_of(video: Video) -> str:
    """Return the id of the sound that is first heard in a video."""
    return ids.derived_id("sound", video.id)


def audio_key(video: Video) -> str:
    """Return where that sound's file lies: apart, for it may outlive its video."""
    return f"p/{public_id_of(video)}/audio.mp4"


def create_original(transaction: Connection, video: Video, duration_ms: int) -> int:
    """Make the sound that is first heard in a video; a repeat finds it. Returns its row id."""
    row = transaction.execute(
        "INSERT INTO sounds (public_id, title, creator_id, video_id, audio_key, duration_ms)"
        " VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (video_id) DO UPDATE SET duration_ms = excluded.duration_ms RETURNING id",
        (
            public_id_of(video), f"{TITLE} - {video.creator.username}", video.creator_row_id,
            video.row_id, audio_key(video), duration_ms,
        ),
    ).fetchone()  # fmt: skip
    assert row is not None  # noqa: S101 - RETURNING gives a row either way
    return int(row["id"])


def open_to_all(transaction: Connection, video_row_id: int) -> None:
    """Let everybody use the sound of a video that everybody may see, and from then on."""
    transaction.execute(
        "UPDATE sounds s SET public = true FROM videos v WHERE v.id = %s AND s.video_id = v.id"
        " AND v.status = 'published' AND v.visibility = 'public' AND NOT s.public",
        (video_row_id,),
    )
