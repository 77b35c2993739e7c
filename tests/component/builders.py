"""Makes published videos without the pipeline, for tests of what comes after it."""

from hashlib import sha256

from chalicelib.platform import ids
from chalicelib.platform.context import Context
from chalicelib.videos import store, transitions
from chalicelib.videos.models import NewVideo
from chalicelib.videos.upload import find_hashtags, find_mentions
from tests.gateway import Client


def publish_video(context: Context, creator: Client, description: str = "") -> str:
    """Put a published video with plausible playback data into the database."""
    public_id = ids.public_id()
    user_id = creator.get("/users/me").json["id"]
    new = NewVideo("clip.mp4", "video/mp4", 1000, description=description)
    with context.database.transaction() as transaction:
        row = transaction.execute(
            "SELECT id FROM users WHERE public_id = %s", (user_id,)
        ).fetchone()
        assert row is not None
        row_id = store.insert_video(
            transaction,
            public_id=public_id,
            creator_row_id=row["id"],
            new=new,
            hashtags=find_hashtags(description),
            mentions=find_mentions(description),
        )
        now = context.clock.now()
        transitions.mark_uploaded(transaction, row_id, 1, now)
        transitions.mark_processing(
            transaction,
            row_id,
            sha256=sha256(public_id.encode()).digest(),
            probe={},
            duration_ms=5000,
            width=360,
            height=640,
            now=now,
        )
        transitions.mark_finished(transaction, row_id, 1, playback=_playback(public_id), now=now)
    return public_id


def _playback(public_id: str) -> dict[str, object]:
    prefix = f"v/{public_id}/1.1"
    return {
        "hls_key": f"{prefix}/main.m3u8",
        "mp4_key": f"{prefix}/main_360p.mp4",
        "poster_key": f"{prefix}/poster.0000001.jpg",
        "placeholder": "data:image/jpeg;base64,AAAA",
        "width": 360,
        "height": 640,
        "duration_ms": 5000,
        "start": {"key": f"{prefix}/main_360p.cmfv", "bytes": 20000, "codecs": "avc1.4d401e"},
    }
