"""What CloudFront tells the API, what it caches, and who else can read the buckets: nobody."""

import json
import re
import shutil
import subprocess
from typing import Any
from urllib.parse import unquote

import pytest

from chalicelib.platform.errors import REGISTRY
from chalicelib.platform.signing import sign_path
from chalicelib.videos.delivery import LIFETIME
from infra.local.edge.keys import is_plain
from infra.local.edge.permission import Forbidden, read_permission
from tests.unit.infra.templates import load

RESOURCES = load("delivery")["Resources"]
CONFIG = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
TO_API = [one for one in CONFIG["CacheBehaviors"] if one["TargetOriginId"] == "api"]
MEDIA = {"media", "videos"}  # origins that are the media bucket
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's own policy of that name


@pytest.mark.parametrize("behaviour", TO_API, ids=lambda one: one["PathPattern"])
def test_the_api_learns_the_viewers_address(behaviour: dict[str, Any]) -> None:
    policy = RESOURCES[behaviour["OriginRequestPolicyId"]["Ref"]]["Properties"]
    headers = policy["OriginRequestPolicyConfig"]["HeadersConfig"]["Headers"]
    assert "CloudFront-Viewer-Address" in headers
    assert "Host" not in headers  # API Gateway answers to its own only


@pytest.mark.parametrize("behaviour", TO_API, ids=lambda one: one["PathPattern"])
def test_answers_of_the_api_are_not_cached(behaviour: dict[str, Any]) -> None:
    assert behaviour["CachePolicyId"] == CACHING_DISABLED


def test_the_api_takes_every_method() -> None:
    (api,) = [one for one in TO_API if one["PathPattern"] == "/api/*"]
    assert set(api["AllowedMethods"]) >= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}


def test_nothing_is_served_over_plain_http() -> None:
    for behaviour in [*CONFIG["CacheBehaviors"], CONFIG["DefaultCacheBehavior"]]:
        assert behaviour["ViewerProtocolPolicy"] in ("https-only", "redirect-to-https")


@pytest.mark.parametrize("name", ["MediaBucketPolicy", "WebBucketPolicy"])
def test_only_this_distribution_reads_a_bucket(name: str) -> None:
    document = RESOURCES[name]["Properties"]["PolicyDocument"]
    (reads,) = [one for one in document["Statement"] if one["Effect"] == "Allow"]
    assert (reads["Action"], reads["Principal"]) == (
        "s3:GetObject",
        {"Service": "cloudfront.amazonaws.com"},
    )
    source = reads["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert source.endswith(":distribution/${Distribution}")


NOW = 1_800_000_000
KEY = b"a key for tests only"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs Node.js to play CloudFront's runtime")
# What CloudFront's runtime has beside Node's: its own modules, here with one key in the store.
IMPORTS = re.compile(r"^import .*\n", re.MULTILINE)
RUNTIME = """
import crypto from 'crypto';
Date.now = () => NOW * 1000;
let origin;
const cf = {
  selectRequestOriginById: (id) => { origin = id; },
  kvs: () => ({ get: async (name) => ({ media: 'KEY' })[name] }),
};
"""


def _signed(path: str, *, until: int = NOW + 1, owner: str = "x", key: bytes = KEY) -> str:
    return f"/media/s/{until}.{sign_path(key, until, owner)}/{path}"


@needs_node
@pytest.mark.parametrize(
    ("uri", "answer"),
    [
        ("/media/v/x/1.1/main.m3u8", "/v/x/1.1/main.m3u8"),
        (_signed("p/x/1.1/a.mp4"), "/p/x/1.1/a.mp4"),
        (_signed("p/x/1.1/a.mp4", until=NOW), 403),
        (_signed("p/x/1.1/a.mp4", owner="y"), 403),
        (_signed("p/x/1.1/a.mp4", key=b"another"), 403),
        (_signed("p/x/1.1/a.mp4").replace(f"/{NOW + 1}.", f"/{NOW + 9}."), 403),
        (_signed("p/x/1.1/a.mp4").replace("/s/", "/s/0"), 404),
        (_signed("v/x/1.1/a.mp4"), 404),
        (_signed("w/x/1.1/a.mp4"), 404),
        (_signed("p/x/1.1/a.mp4").replace("/p/", "f/p/"), 404),
        (_signed("p/x"), 404),
        (_signed("p/x/"), 404),
        ("/media/p/x/1.1/a.mp4", 404),
        ("/media/w/x/1.1/frames.0000000.jpg", 404),
        ("/media/v/", 404),
        ("/media/v/../p/x/1.1/a.mp4", 404),
        ("/media/v/%2E%2e/p/x/1.1/a.mp4", 404),
        ("/media/v//p/x/1.1/a.mp4", 404),
        (_signed("p/x/../y/1.1/a.mp4"), 404),
        (_signed("p/x/.%2e/y/1.1/a.mp4"), 404),
        ("/media/v/x/1.1/..a.mp4", "/v/x/1.1/..a.mp4"),
    ],
)
def test_cloudfront_lets_through_what_the_local_edge_does(uri: str, answer: str | int) -> None:
    given = _run("MediaPath", {"request": {"uri": uri}})
    assert given.get("uri", given.get("statusCode")) == answer
    assert _at_the_local_edge(uri) == answer


@needs_node
@pytest.mark.parametrize(
    ("uri", "code"),
    [("/media/w/x", "not_found"), (_signed("p/x/a.mp4", until=NOW), "forbidden")],
)
def test_cloudfront_refuses_in_the_apis_form(uri: str, code: str) -> None:
    given = _run("MediaPath", {"request": {"uri": uri}})
    assert given["headers"]["content-type"]["value"] == "application/problem+json"
    assert given["headers"]["cache-control"]["value"] == "no-store"
    problem = json.loads(given["body"])
    assert REGISTRY[code] == (problem["status"], problem["title"])
    assert (problem["code"], problem["type"]) == (code, f"urn:clipwave:problem:{code}")


@needs_node
@pytest.mark.parametrize(
    ("uri", "status", "kept"),
    [
        ("/media/v/x/1.1/a.mp4", 200, "public"),
        ("/v/x/1.1/a.mp4", 200, "public"),
        (_signed("p/x/1.1/a.mp4"), 206, "private"),
        ("/p/x/1.1/a.mp4", 304, "private"),
        (_signed("p/x/1.1/a.mp4"), 404, "public"),
    ],
)
def test_browsers_keep_what_was_signed_to_themselves(uri: str, status: int, kept: str) -> None:
    headers = {"cache-control": {"value": "public, max-age=31536000, immutable"}}
    response = {"statusCode": status, "headers": headers}
    given = _run("MediaKeeping", {"request": {"uri": uri}, "response": response})
    control = given["headers"]["cache-control"]["value"]
    assert control.split(",")[0] == kept
    if kept == "private":
        assert f"max-age={int(LIFETIME.total_seconds())}," in control


def test_the_cdn_forgets_media_within_five_minutes() -> None:
    of_media = [one for one in CONFIG["CacheBehaviors"] if one["TargetOriginId"] in MEDIA]
    assert len(of_media) == len(MEDIA)
    for behaviour in of_media:
        policy = RESOURCES[behaviour["CachePolicyId"]["Ref"]]["Properties"]["CachePolicyConfig"]
        assert policy["MaxTTL"] <= 300


@needs_node
@pytest.mark.parametrize(
    ("uri", "wanted", "answer"),
    [
        ("/v/x1", None, "videos/v/x1/page.html"),
        ("/v/x1/", "empty", "videos/v/x1/page.html"),
        ("/v/x1", "document", "web/index.html"),
        ("/v/x1/1.1/main.m3u8", None, "web/index.html"),
        ("/v/..%2fp", None, "web/index.html"),
    ],
)
def test_browsers_get_the_client_and_others_a_videos_page(
    uri: str, wanted: str | None, answer: str
) -> None:
    headers = {"sec-fetch-dest": {"value": wanted}} if wanted else {}
    given = _run("VideoPath", {"request": {"uri": uri, "headers": headers}})
    assert given.get("origin", "videos") + given["uri"] == answer


def test_working_files_are_out_of_cloudfronts_reach() -> None:
    document = RESOURCES["MediaBucketPolicy"]["Properties"]["PolicyDocument"]
    (reads,) = [one for one in document["Statement"] if one["Effect"] == "Allow"]
    assert [one["Fn::Sub"].rpartition("}/")[2] for one in reads["Resource"]] == ["v/*", "p/*"]


def _run(function: str, event: dict[str, Any]) -> dict[str, Any]:
    """Return what a function of the template answers."""
    code = RESOURCES[function]["Properties"]["FunctionCode"]
    code = IMPORTS.sub("", code)
    runtime = RUNTIME.replace("NOW", str(NOW)).replace("KEY", KEY.hex())
    answer = f"{{ ...(await handler({json.dumps(event)})), origin }}"
    call = f"console.log(JSON.stringify({answer}));"
    assert NODE is not None
    ran = subprocess.run(
        [NODE, "--input-type=module", "-e", runtime + code + call],
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    given: dict[str, Any] = json.loads(ran.stdout)
    return given


def _at_the_local_edge(uri: str) -> str | int:
    path = unquote(uri.removeprefix("/media/"))  # as the server hands it on
    try:
        allowed = read_permission(path, KEY, NOW)
    except Forbidden:
        return 403
    return f"/{allowed.key}" if allowed and is_plain(allowed.key) else 404
