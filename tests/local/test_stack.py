"""The deployed stack: real API Gateway, Lambda, S3, SQS, EventBridge, PostgreSQL, Redis, ffmpeg."""

import io
import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import av
import boto3
import httpx
import psutil
import pytest
from PIL import Image

from benchmarks import freshness
from tests.media import another_file
from tests.people import Person
from tests.stack import run

NewPerson = Callable[..., Person]
Given = Callable[[str], bytes]


def test_an_upload_is_published_and_in_another_persons_feed(
    new_person: NewPerson, clip: bytes
) -> None:
    creator = new_person(creator=True)
    video_id = creator.upload(clip, description="hello #world")
    report = creator.wait(video_id)
    assert (report["status"], report["percent"], report["error"]) == ("published", 100, None)
    assert _find(new_person(), video_id)["hashtags"] == ["world"]


def test_a_phones_clip_plays_upright_from_its_first_segment(
    stack: dict[str, Any], new_person: NewPerson, given: Given
) -> None:
    source = given("phone_720p_vfr_rot180_2s.mp4")
    creator = new_person(creator=True)
    video_id = creator.upload(source)
    assert creator.wait(video_id)["status"] == "published"
    item = _find(new_person(), video_id)
    start = item["playback"]["start"]
    headers = {"Range": f"bytes=0-{start['bytes'] - 1}"}
    opening = httpx.get(stack["base_url"] + start["url"], headers=headers)
    assert opening.status_code == 206
    shown = _first_picture(opening.content)
    assert min(shown.size) == 360
    upright = _first_picture(source).rotate(180).resize(shown.size)
    assert _difference(shown, upright) < _difference(shown, upright.rotate(180))
    assert _difference(shown, upright) < 12


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("image_renamed.mp4", "unsupported_container"),
        ("truncated_700k.mp4", "corrupt_media"),
        ("malicious_hls.mp4", "unsupported_container"),
        ("audio_only_60s.mp3", "no_video_stream"),
    ],
)
def test_what_is_no_video_ends_rejected(
    new_person: NewPerson, given: Given, name: str, code: str
) -> None:
    creator = new_person(creator=True)
    report = creator.wait(creator.upload(given(name)))
    assert (report["status"], report["error"]["code"]) == ("rejected", code)
    assert report["error"]["hint"]


def test_an_upload_of_another_size_never_gets_in(new_person: NewPerson, clip: bytes) -> None:
    form = new_person(creator=True).announce(clip)["upload"]
    files = {"file": ("clip.mp4", clip + b"x", "video/mp4")}
    answer = httpx.post(form["url"], data=form["fields"], files=files, timeout=30)
    assert answer.status_code == 400
    assert "EntityTooLarge" in answer.text


def test_unknown_routes_and_methods_answer_in_our_form(stack: dict[str, Any]) -> None:
    base = f"{stack['base_url']}/api/v1"
    for method, path, status, code in [
        ("GET", "/nowhere", 404, "not_found"),
        ("POST", "/videos/x/y/z", 404, "not_found"),
        ("DELETE", "/feed", 405, "method_not_allowed"),
    ]:
        answer = httpx.request(method, base + path, timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert httpx.delete(f"{base}/feed", timeout=30).headers["allow"] == "GET"


def test_what_one_has_read_already_is_not_sent_again(new_person: NewPerson) -> None:
    me = new_person().http
    tag = me.get("/users/me").headers["etag"]
    again = me.get("/users/me", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_watching_and_liking_are_counted(new_person: NewPerson, clip: bytes) -> None:
    creator = new_person(creator=True)
    video_id = creator.upload(clip)
    creator.wait(video_id)
    viewer = new_person()
    item = viewer.http.get("/feed?limit=1").json()["items"][0]
    assert item["video"]["id"] == video_id
    time.sleep(1.1)
    event = {
        "id": "7b0c2a52-57d5-4f43-9c1f-0d5c5f0a1b2c",
        "type": "view",
        "impression_token": item["impression_token"],
        "watch_ms": 1100,
        "at": "2026-01-01T00:00:00Z",
    }
    receipt = viewer.http.post("/events", json={"events": [event]})
    assert (receipt.status_code, receipt.json()["accepted"]) == (202, 1)
    assert viewer.http.put(f"/videos/{video_id}/like").json()["like_count"] == 1
    stats = _stats_with_views(viewer, video_id)
    assert (stats["views"], stats["likes"]) == (1, 1)
    assert len(viewer.http.get("/users/me/history").json()["items"]) == 1
    forged = {**event, "impression_token": item["impression_token"][:-3] + "abc"}
    rejected = new_person().http.post("/events", json={"events": [forged]})
    assert rejected.json()["rejected"][0]["code"] == "token_invalid"


def test_what_people_do_is_in_todays_figures_within_a_minute(
    stack: dict[str, Any], new_person: NewPerson, clip: bytes
) -> None:
    """Also after the roller has run, which it does every minute."""
    creator = new_person(creator=True)
    creator.wait(creator.upload(another_file(clip)))
    viewer, item = freshness.join(stack, creator.http)
    with closing(viewer):
        assert max(freshness.follow_up(creator.http, viewer, item).values()) < 60
    _invoke(stack, "roll_up", {})
    found = creator.http.get("/analytics/overview?days=7").json()
    assert [found[name] for name in ("views", "likes", "followers_gained")] == [1, 1, 1]


def _stats_with_views(person: Person, video_id: str) -> dict[str, int]:
    """Return what a video has come to, once its views are counted: a moment after they happened."""
    deadline = time.monotonic() + 20
    while True:
        stats: dict[str, int] = person.http.get(f"/videos/{video_id}").json()["stats"]
        if stats["views"] or time.monotonic() > deadline:
            return stats
        time.sleep(0.2)


def test_media_are_immutable_and_come_in_ranges(
    stack: dict[str, Any], new_person: NewPerson, clip: bytes
) -> None:
    creator = new_person(creator=True)
    video_id = creator.upload(clip)
    creator.wait(video_id)
    playback = creator.http.get(f"/videos/{video_id}").json()["playback"]
    types = {
        "hls_url": "application/vnd.apple.mpegurl",
        "mp4_url": "video/mp4",
        "poster_url": "image/jpeg",
    }
    for name, kind in types.items():
        answer = httpx.get(stack["base_url"] + playback[name])
        assert answer.headers["content-type"] == kind
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    part = httpx.get(stack["base_url"] + playback["mp4_url"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")


def test_killing_the_transcoder_delays_a_video_but_does_not_lose_it(
    stack: dict[str, Any], new_person: NewPerson, given: Given
) -> None:
    creator = new_person(creator=True)
    video_id = creator.upload(given("portrait_1080x1920_3s.mp4"))
    killed = _kill_ffmpeg_and_its_lambda(stack["pids"]["localstack"])
    report = creator.wait(video_id)
    assert killed
    assert (report["status"], report["attempt"]) == ("published", 2)


def test_a_crash_is_noticed_and_mended(stack: dict[str, Any], new_person: NewPerson) -> None:
    person = new_person()
    assert "all is well" in run("status")
    os.kill(stack["pids"]["redis"], signal.SIGKILL)
    answer = person.http.get("/users/me")
    assert answer.status_code == 200
    assert answer.headers["x-degraded"] == "cache"
    assert "`make up` starts what is down" in run("status")
    run("up", "--clips", "0")
    assert "all is well" in run("status")
    time.sleep(1.1)  # the cache is left alone for a second after its last failure
    assert "x-degraded" not in person.http.get("/users/me").headers


def test_without_postgresql_the_feed_and_playback_go_on(
    stack: dict[str, Any], new_person: NewPerson, clip: bytes
) -> None:
    creator, viewer = new_person(creator=True), new_person()
    creator.wait(creator.upload(another_file(clip)))
    _invoke(stack, "tend_feed", {})
    assert viewer.http.get("/feed").json()["degraded"] == []
    os.kill(stack["pids"]["postgres"], signal.SIGQUIT)
    try:
        answer = viewer.http.get("/feed")
        assert answer.status_code == 200
        assert "database" in answer.json()["degraded"]
        assert "database" in answer.headers["x-degraded"]
        video = answer.json()["items"][0]["video"]
        assert httpx.get(stack["base_url"] + video["playback"]["hls_url"]).is_success
        refused = viewer.http.put(f"/videos/{video['id']}/like")
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
    finally:
        run("up", "--clips", "0")
    assert viewer.http.get("/feed").json()["degraded"] == []
    assert viewer.http.put(f"/videos/{video['id']}/like").is_success


def test_people_and_videos_survive_down_and_up(
    stack: dict[str, Any], new_person: NewPerson, clip: bytes
) -> None:
    creator = new_person(creator=True)
    video_id = creator.upload(clip)
    creator.wait(video_id)
    run("down")
    run("up", "--clips", "0")
    video = creator.http.get(f"/videos/{video_id}").json()
    assert video["status"] == "published"
    for name in ("hls_url", "mp4_url", "poster_url"):
        assert httpx.get(stack["base_url"] + video["playback"][name]).is_success
    assert creator.wait(creator.upload(another_file(clip)))["status"] == "published"


def test_the_feed_learns_in_its_own_functions(
    stack: dict[str, Any], new_person: NewPerson, clip: bytes
) -> None:
    creator = new_person(creator=True)
    creator.wait(creator.upload(clip))
    for name, event in (("tend_feed", {}), ("prepare_feeds", {}), ("run_job", {"job": "train"})):
        told = _invoke(stack, name, event)
    assert told["state"] == "done"
    items = new_person().http.get("/feed").json()["items"]
    why = new_person().http.get(f"/feed/why/{items[0]['impression_token']}")
    assert why.status_code == 404
    assert len(items) >= 1


def _find(person: Person, video_id: str) -> dict[str, Any]:
    """Return a video out of somebody's feed."""
    items = person.http.get("/feed?limit=30").json()["items"]
    found = [item["video"] for item in items if item["video"]["id"] == video_id]
    assert len(found) == 1
    video: dict[str, Any] = found[0]
    return video


def _invoke(stack: dict[str, Any], name: str, event: dict[str, str]) -> Any:
    """Call a function, wait for it, and return its answer."""
    function = stack["functions"][name]
    answer = _lambda(stack).invoke(FunctionName=function, Payload=json.dumps(event))
    told = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, told
    return told


def _lambda(stack: dict[str, Any]) -> Any:
    return boto3.client(
        "lambda",
        endpoint_url=stack["aws_endpoint_url"],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def _kill_ffmpeg_and_its_lambda(localstack: int) -> bool:
    """Wait for ffmpeg to run under a Lambda, then kill the Lambda's process, as a crash would."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for process in psutil.process_iter(["name", "cmdline"]):
            if "ffmpeg" in (process.info["name"] or "") and _is_ours(process):
                worker = process.parent()
                if worker is not None:
                    os.kill(worker.pid, signal.SIGKILL)
                    return True
        time.sleep(0.05)
    return False


def _is_ours(process: psutil.Process) -> bool:
    """Whether this makes a ladder, and not a preview."""
    command = process.info["cmdline"] or []
    return "-var_stream_map" in command and any("transcode-" in part for part in command)


def _first_picture(data: bytes) -> Image.Image:
    with av.open(io.BytesIO(data)) as container:
        return next(container.decode(video=0)).to_image()


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of brightness, 0 to 255, at a size where noise is gone."""
    small = [
        list(picture.convert("L").resize((32, 32)).get_flattened_data()) for picture in (one, other)
    ]
    return sum(abs(a - b) for a, b in zip(*small, strict=True)) / len(small[0])
