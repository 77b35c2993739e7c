"""The URLs under which viewers find a video's files, and what the edge makes of them."""

from datetime import UTC, datetime

import pytest

from chalicelib.platform.context import Context
from chalicelib.platform.signing import MEDIA_PURPOSE
from chalicelib.videos.delivery import MediaUrls, media_urls
from infra.local.edge.permission import Forbidden, Permission, read_permission
from tests.fakes import FrozenClock

HALF_PAST_SEVEN = datetime(2026, 5, 17, 7, 30, tzinfo=UTC)
HIDDEN = "p/x/1.1/main.m3u8"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(HALF_PAST_SEVEN)


@pytest.fixture
def urls(context: Context) -> MediaUrls:
    return media_urls(context)


def _at_the_edge(context: Context, url: str) -> Permission | None:
    key, now = context.signer.key_for(MEDIA_PURPOSE), context.clock.now().timestamp()
    return read_permission(url.removeprefix("/media/"), key, now)


def test_what_is_public_has_a_plain_url(context: Context, urls: MediaUrls) -> None:
    url = urls.of("v/x/1.1/main.m3u8")
    assert url == "/media/v/x/1.1/main.m3u8"
    assert _at_the_edge(context, url) == Permission("v/x/1.1/main.m3u8", None)


def test_the_edge_lets_a_signed_url_through_until_six_hours_after_the_hour(
    context: Context, urls: MediaUrls, clock: FrozenClock
) -> None:
    url = urls.of(HIDDEN)
    assert _at_the_edge(context, url) == Permission(HIDDEN, int(6.5 * 3600))
    clock.advance(hours=6.5, seconds=-1)
    assert _at_the_edge(context, url) == Permission(HIDDEN, 1)
    clock.advance(seconds=1)
    with pytest.raises(Forbidden):
        _at_the_edge(context, url)


def test_relative_uris_of_a_playlist_keep_its_signature(context: Context, urls: MediaUrls) -> None:
    home = urls.of(HIDDEN).rpartition("/")[0]
    permission = _at_the_edge(context, f"{home}/main_360p.cmfv")
    assert permission is not None
    assert permission.key == "p/x/1.1/main_360p.cmfv"
    with pytest.raises(Forbidden):
        _at_the_edge(context, home.replace("/p/x/", "/p/y/") + "/main_360p.cmfv")


def test_a_signed_url_stays_the_same_for_an_hour(urls: MediaUrls, clock: FrozenClock) -> None:
    clock.advance(minutes=-30)
    url = urls.of(HIDDEN)
    clock.advance(minutes=59, seconds=59)
    assert urls.of(HIDDEN) == url
    clock.advance(seconds=1)
    assert urls.of(HIDDEN) != url


@pytest.mark.parametrize("key", ["w/x/1.1/frames.0000000.jpg", "raw/x/1/source", ""])
def test_what_nobody_may_fetch_has_no_url(urls: MediaUrls, key: str) -> None:
    with pytest.raises(ValueError, match="not for viewers"):
        urls.of(key)
