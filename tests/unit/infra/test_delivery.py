"""What CloudFront tells the API, what it caches, and who else can read the buckets: nobody."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from chalicelib.platform.signing import sign_path
from infra.local.edge.permission import Forbidden, read_permission
from tests.unit.infra.templates import load

RESOURCES = load("delivery")["Resources"]
CONFIG = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
TO_API = [one for one in CONFIG["CacheBehaviors"] if one["TargetOriginId"] == "api"]
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
# What CloudFront's runtime has beside Node's: its own modules, here with one key in the store.
RUNTIME = """
import crypto from 'crypto';
Date.now = () => NOW * 1000;
const cf = { kvs: () => ({ get: async (name) => ({ media: 'KEY' })[name] }) };
"""


@pytest.mark.skipif(NODE is None, reason="needs Node.js to run the function as CloudFront does")
@pytest.mark.parametrize(
    ("uri", "answer"),
    [
        ("/media/v/x/1.1/main.m3u8", "/v/x/1.1/main.m3u8"),
        (f"/media/s/{NOW + 1}.{sign_path(KEY, NOW + 1, 'x')}/p/x/1.1/a.mp4", "/p/x/1.1/a.mp4"),
        (f"/media/s/{NOW}.{sign_path(KEY, NOW, 'x')}/p/x/1.1/a.mp4", 403),
        (f"/media/s/{NOW + 1}.{sign_path(KEY, NOW + 1, 'y')}/p/x/1.1/a.mp4", 403),
        (f"/media/s/{NOW + 1}.{sign_path(b'another', NOW + 1, 'x')}/p/x/1.1/a.mp4", 403),
        (f"/media/s/{NOW + 1}.{sign_path(KEY, NOW + 1, 'x')}/v/x/1.1/a.mp4", 404),
        ("/media/p/x/1.1/a.mp4", 404),
        ("/media/w/x/1.1/frames.0000000.jpg", 404),
    ],
)
def test_cloudfront_lets_through_what_the_local_edge_does(uri: str, answer: str | int) -> None:
    code = RESOURCES["MediaPath"]["Properties"]["FunctionCode"]
    body = code.replace("import cf from 'cloudfront';\nimport crypto from 'crypto';\n", "")
    runtime = RUNTIME.replace("NOW", str(NOW)).replace("KEY", KEY.hex())
    event = json.dumps({"request": {"uri": uri}})
    call = f"console.log(JSON.stringify(await handler({event})));"
    assert NODE is not None
    ran = subprocess.run(
        [NODE, "--input-type=module", "-e", runtime + body + call],
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    given = json.loads(ran.stdout)
    assert given.get("uri", given.get("statusCode")) == answer
    assert _at_the_local_edge(uri) == answer


def _at_the_local_edge(uri: str) -> str | int:
    try:
        allowed = read_permission(uri.removeprefix("/media/"), KEY, NOW)
    except Forbidden:
        return 403
    return f"/{allowed.key}" if allowed else 404
