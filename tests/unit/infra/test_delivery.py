"""What CloudFront tells the API, what it caches, and who else can read the buckets: nobody."""

from typing import Any

import pytest

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
