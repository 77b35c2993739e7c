"""The whole reason for one item of a feed, for whom it was shown to."""

from chalicelib.feed import impressions, page_store, reasons
from chalicelib.feed.models import Explanation
from chalicelib.platform.context import Context
from chalicelib.platform.errors import not_found
from chalicelib.platform.signing import SignatureInvalid
from chalicelib.videos import store as video_store


def explain(context: Context, token: str, viewer: str) -> Explanation:
    """Return what an impression's score was made of.

    Raises Problem `not_found` for a token that isn't this viewer's.
    """
    try:
        impression = impressions.read_token(context.signer, token)
    except SignatureInvalid as error:
        raise not_found("impression") from error
    if impression.viewer != viewer:
        raise not_found("impression")
    with context.database.transaction() as transaction:
        page = page_store.find_page(transaction, impression.feed_id, impression.position)
        videos = video_store.find_videos(transaction, [impression.video_row_id])
    if page is None or not videos:
        raise not_found("impression")
    return reasons.explain(page, impression.position, videos[0])
