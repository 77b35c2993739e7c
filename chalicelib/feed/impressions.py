"""Impression tokens: signed by us, carried by the client, the only key to having watched."""

from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from chalicelib.feed.models import Impression, Stream
from chalicelib.platform.signing import SignatureInvalid, Signer

LIFETIME = timedelta(hours=24)
MOST_LOOPS = 10
_PURPOSE = "impression"


def of_slot(
    feed_id: str,
    slot: int,
    *,
    viewer: str,
    video_row_id: int,
    stream: Stream,
    issued_at: datetime,
) -> Impression:
    """Return the impression of a slot; a page that is shown again shows the same one."""
    return Impression(
        id=uuid5(NAMESPACE_URL, f"clipwave:feed:{feed_id}:{slot}"),
        viewer=viewer,
        video_row_id=video_row_id,
        feed_id=feed_id,
        position=slot,
        stream=stream,
        issued_at=issued_at,
    )


def write_token(signer: Signer, impression: Impression) -> str:
    """Return an impression as a token."""
    value = [
        impression.id.hex,
        impression.viewer,
        impression.video_row_id,
        impression.feed_id,
        impression.position,
        impression.stream,
        int(impression.issued_at.timestamp() * 1000),
    ]
    return signer.sign(_PURPOSE, value)


def read_token(signer: Signer, token: str) -> Impression:
    """Return the impression of a token. Raises SignatureInvalid."""
    try:
        hex_id, viewer, row_id, feed_id, position, stream, issued = signer.read(_PURPOSE, token)
    except (TypeError, ValueError) as error:
        raise SignatureInvalid from error
    return Impression(
        id=UUID(hex_id),
        viewer=viewer,
        video_row_id=row_id,
        feed_id=feed_id,
        position=position,
        stream=Stream(stream),
        issued_at=datetime.fromtimestamp(issued / 1000, UTC),
    )


def believable_ms(claimed_ms: int, *, elapsed: timedelta, duration_ms: int) -> int:
    """Cut a claimed watch time to what has passed since the showing, and to ten times the video."""
    most = min(elapsed // timedelta(milliseconds=1), MOST_LOOPS * duration_ms)
    return min(claimed_ms, max(0, most))
