"""Why somebody is shown a video: a few sentences on each item, and the whole sum when asked."""

from collections.abc import Sequence

import numpy as np

from chalicelib.feed.features import Feature
from chalicelib.feed.models import Contribution, Explanation, Reason, ReasonCode
from chalicelib.feed.page_store import ServedPage
from chalicelib.feed.tables import Found
from chalicelib.videos.models import Video

MOST = 3
# What a viewer's own events said, by the feature that carries it.
_OWN = {
    Feature.HASHTAG: ReasonCode.HASHTAG,
    Feature.SOUND: ReasonCode.SOUND,
    Feature.COWATCH: ReasonCode.SIMILAR_TASTE,
    Feature.TASTE: ReasonCode.SIMILAR_TASTE,
    Feature.CONTENT: ReasonCode.SIMILAR_TASTE,
    Feature.CREATOR: ReasonCode.SIMILAR_TASTE,
}
_LISTED = {"hashtag": ReasonCode.HASHTAG, "sound": ReasonCode.SOUND}


def of_slot(page: ServedPage, slot: int, video: Video) -> list[Reason]:
    """Return the reasons of a slot, the strongest first; there is always one."""
    codes = list(dict.fromkeys(_codes(page, slot)))[:MOST]
    return [reason(code, video) for code in codes]


def reason(code: ReasonCode, video: Video) -> Reason:
    """Return a reason to show a video, with its sentence."""
    return Reason(code, _text(code, video))


def explain(page: ServedPage, slot: int, video: Video) -> Explanation:
    """Return the whole sum behind a slot, as it was when it was filled."""
    values = _values(page, slot)
    rows = zip(page.features, values, page.weights, strict=True)
    return Explanation(
        reasons=of_slot(page, slot, video),
        source=page.source,
        score=page.scores[slot - page.first],
        contributions=[
            Contribution(name, value, weight) for name, value, weight in rows if value * weight
        ],
    )


def _codes(page: ServedPage, slot: int) -> list[ReasonCode]:
    found = Found(page.found[slot - page.first])
    if page.source in _LISTED:
        return [_LISTED[page.source]]
    if Found.EXPLORATION in found:
        is_first = Found.NEW_CREATOR in found
        return [ReasonCode.EXPLORE, *([ReasonCode.NEW_CREATOR] if is_first else [])]
    codes = [ReasonCode.FOLLOWING] if Found.FOLLOWING in found else []
    given = [
        value * weight for value, weight in zip(_values(page, slot), page.weights, strict=True)
    ]
    strongest = sorted(zip(given, page.features, strict=True), key=lambda pair: -pair[0])
    codes += [_OWN[Feature(name)] for value, name in strongest if name in _OWN and value > 0]
    if Found.NEARBY in found:
        codes.append(ReasonCode.POPULAR_NEARBY)
    if Found.TRENDING in found:
        codes.append(ReasonCode.TRENDING)
    return codes or [ReasonCode.EXPLORE]


def _values(page: ServedPage, slot: int) -> Sequence[float]:
    table = np.frombuffer(page.values, "<f8").reshape(len(page.video_ids), len(page.features))
    values: list[float] = table[slot - page.first].tolist()
    return values


def _text(code: ReasonCode, video: Video) -> str:
    name = video.creator.display_name
    tag = f"#{video.hashtags[0]}" if video.hashtags else "what it is about"
    return {
        ReasonCode.FOLLOWING: f"You follow {name}",
        ReasonCode.HASHTAG: f"You turn to {tag}",
        ReasonCode.SOUND: "You turn to videos with this sound",
        ReasonCode.SIMILAR_TASTE: "People who watch what you watch like it",
        ReasonCode.TRENDING: "Many people are watching this",
        ReasonCode.NEW_CREATOR: f"{name} is new on Clipwave",
        ReasonCode.POPULAR_NEARBY: "Popular with people around you",
        ReasonCode.EXPLORE: "New on Clipwave: be one of the first to watch",
    }[code]
