"""Searching, and suggestions while somebody types."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from chalicelib.api import schemas
from chalicelib.api.fields import Said
from chalicelib.api.paging import WholeNumber
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.discovery import models, search
from chalicelib.discovery.models import Kind
from chalicelib.platform.limits import LimitClass
from chalicelib.videos.delivery import MediaUrls, media_urls

Asked = Annotated[str, Field(min_length=1, max_length=100), Said]


class SearchQuery(Input):
    """What to look for."""

    q: Asked
    type: Literal["all", "videos", "users", "hashtags", "sounds"] = "all"
    limit: Annotated[WholeNumber, Field(ge=1, le=50)] = 20


class SuggestQuery(Input):
    """What somebody has typed so far."""

    q: Asked


class Hashtag(BaseModel):
    """A hashtag, and what it is on."""

    tag: str
    video_count: int
    view_count: int


class Sound(BaseModel):
    """A sound that one can put under a video."""

    id: str
    title: str
    creator: schemas.UserRef | None
    duration_ms: int
    video_count: int
    audio_url: str

    @classmethod
    def of(cls, sound: models.Sound, media: MediaUrls) -> "Sound":
        """Show a sound."""
        return cls(
            id=sound.id,
            title=sound.title,
            creator=schemas.UserRef.of(sound.creator),
            duration_ms=sound.duration_ms,
            video_count=sound.video_count,
            audio_url=media.of(sound.audio_key),
        )


class SearchResults(BaseModel):
    """What was found of each kind, the best first."""

    videos: list[schemas.Video]
    users: list[schemas.UserRef]
    hashtags: list[Hashtag]
    sounds: list[Sound]


class Suggestion(BaseModel):
    """Something to look for."""

    text: str
    type: Literal["hashtag", "user", "sound"]


class Suggestions(BaseModel):
    """What somebody may be about to look for."""

    suggestions: list[Suggestion]


@endpoint(
    "GET",
    "/search",
    allow=Audience.ANYONE,
    limit=LimitClass.SEARCH,
    query=SearchQuery,
    response=SearchResults,
)
def find(request: Request, *, query: SearchQuery) -> Reply:
    """Find videos, people, hashtags and sounds; one or two typing errors are forgiven."""
    kinds = tuple(Kind) if query.type == "all" else (Kind(query.type),)
    found = search.search(request.context, request.session, query.q, kinds, query.limit)
    media = media_urls(request.context)
    return Reply(
        SearchResults(
            videos=[schemas.Video.of(video, media) for video in found.videos],
            users=[schemas.UserRef.of(person) for person in found.users],
            hashtags=[Hashtag(**vars(tag)) for tag in found.hashtags],
            sounds=[Sound.of(sound, media) for sound in found.sounds],
        )
    )


@endpoint(
    "GET",
    "/search/suggest",
    allow=Audience.ANYONE,
    limit=LimitClass.SEARCH,
    query=SuggestQuery,
    response=Suggestions,
)
def suggest(request: Request, *, query: SuggestQuery) -> Reply:
    """Suggest what to look for while somebody types."""
    found = search.suggest(request.context, request.session, query.q)
    shown = [Suggestion(text=one.text, type=one.kind) for one in found]  # type: ignore[arg-type]
    return Reply(Suggestions(suggestions=shown))
