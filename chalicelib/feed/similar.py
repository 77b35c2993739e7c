"""Videos like another one: its neighbours in the item model, then those with its hashtags."""

from collections.abc import Sequence

import numpy as np

from chalicelib.accounts.models import Session
from chalicelib.feed import candidate_store, listing_store, space_store
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.videos import store as video_store
from chalicelib.videos.models import Video, Visibility
from chalicelib.videos.visibility import find_visible, may_see

CANDIDATES = 200
NEAR_ENOUGH = 0.5  # cosine


def list_similar(
    context: Context, session: Session | None, video_id: str, limit: int
) -> list[Video]:
    """Return public videos like one that the viewer may see, the nearest first.

    Raises Problem `not_found` or `deleted` for the video itself.
    """
    viewer = session.user_row_id if session else None
    with context.database.transaction() as transaction:
        video = find_visible(transaction, video_id, session)
        space = space_store.find_space(transaction)
        near: list[int] = []
        neighbours = candidate_store.read_neighbours(
            transaction, np.array([video.row_id]), space.id
        ).get(video.row_id)
        if neighbours is not None:
            nearness = neighbours.cowatch + neighbours.content
            near = neighbours.ids[(-nearness).argsort(kind="stable")].tolist()
        for tag in video.hashtags:
            near += listing_store.hashtag(transaction, tag, CANDIDATES).tolist()
        wanted = [row_id for row_id in dict.fromkeys(near) if row_id != video.row_id]
        found = video_store.find_videos(transaction, wanted[:CANDIDATES], viewer_row_id=viewer)
        unwanted = (
            video_store.find_unwanted(transaction, wanted[:CANDIDATES], viewer) if viewer else set()
        )
    shown = [one for one in found if one.visibility is Visibility.PUBLIC and may_see(one, session)]
    return [one for one in shown if one.row_id not in unwanted][:limit]


def find_near(transaction: Connection, row_ids: Sequence[int], limit: int) -> list[int]:
    """Return the videos near the middle of some, these among them, the nearest first.

    Nothing before anything was trained, or where none of them has a place in the space.
    """
    space = space_store.find_space(transaction)
    middle = candidate_store.read_middle(transaction, row_ids, space.id)
    if middle is None:
        return []
    near = candidate_store.read_near(transaction, middle, space.id, limit)
    return [row_id for row_id, cosine in near if cosine >= NEAR_ENOUGH]
