"""How the parts of the templates fit each other, the app and the edge."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.platform import settings
from chalicelib.platform.errors import REGISTRY
from chalicelib.videos.transcoding import DETAIL_TYPE, SOURCE
from tests.unit.infra.templates import INFRA, load

Functions = dict[str, dict[str, Any]]

STORAGE = load("storage")
DELIVERY = load("delivery")
QUEUES = {
    "Uploads": "IngestUpload",
    "Fast": "Transcode",
    "Transcode": "Transcode",
    "Background": "Transcode",
    "JobEvents": "OnJobEvent",
    "Finish": "FinishVideo",
    "Feeds": "PrepareFeeds",
    "WatchEvents": "TakeInEvents",
    "AdminJobs": "RunJob",
}
BUCKETS = ("UploadsBucket", "MediaBucket", "AuditBucket", "ArchiveBucket", "WebBucket")


def test_each_function_has_a_role_of_its_own(functions: Functions) -> None:
    roles = [properties["Role"]["Fn::GetAtt"][0] for properties in functions.values()]
    assert len(set(roles)) == len(functions) == 11


@pytest.mark.parametrize(("queue", "function"), QUEUES.items())
def test_a_message_comes_again_only_after_its_function_must_have_ended(
    functions: Functions, function: str, queue: str
) -> None:
    visibility = _properties(STORAGE, f"{queue}Queue")["VisibilityTimeout"]
    assert visibility == functions[function]["Timeout"] + 10


@pytest.mark.parametrize(("queue", "function"), QUEUES.items())
def test_workers_read_their_queue_and_fail_message_by_message(
    functions: Functions, function: str, queue: str
) -> None:
    arn = {"Fn::ImportValue": {"Fn::Sub": f"clipwave-${{Stage}}-{queue}QueueArn"}}
    events = [event["Properties"] for event in functions[function]["Events"].values()]
    (event,) = [event for event in events if event.get("Queue") == arn]
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("queue", QUEUES)
def test_every_queue_has_dead_letters_that_are_kept_and_watched(queue: str) -> None:
    redrive = _properties(STORAGE, f"{queue}Queue")["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": f"{queue}DeadLetters.Arn"}
    assert redrive["maxReceiveCount"] == 4
    assert _properties(STORAGE, f"{queue}DeadLetters")["MessageRetentionPeriod"] == 14 * 86400
    watched = {"Fn::GetAtt": f"{queue}DeadLetters.QueueName"}
    alarm = _properties(STORAGE, f"{queue}DeadLettersAlarm")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": watched}]
    assert alarm["Threshold"] == 0


@pytest.mark.parametrize("bucket", BUCKETS)
def test_buckets_are_private_encrypted_and_survive_their_stack(bucket: str) -> None:
    assert STORAGE["Resources"][bucket]["DeletionPolicy"] == "Retain"
    properties = _properties(STORAGE, bucket)
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert "BucketEncryption" in properties


@pytest.mark.parametrize("bucket", ["UploadsBucket", "MediaBucket", "AuditBucket", "ArchiveBucket"])
def test_what_people_made_has_versions(bucket: str) -> None:
    assert _properties(STORAGE, bucket)["VersioningConfiguration"] == {"Status": "Enabled"}


def test_transcoders_reports_reach_their_queue() -> None:
    pattern = _properties(STORAGE, "JobEventsRule")["EventPattern"]
    assert pattern == {"source": ["aws.mediaconvert", SOURCE], "detail-type": [DETAIL_TYPE]}


def test_the_transcoder_may_report_what_the_rule_listens_to() -> None:
    policy = json.loads((INFRA.parent / ".chalice/policies/transcode.json").read_text())
    (statement,) = [one for one in policy["Statement"] if one["Action"] == "events:PutEvents"]
    wanted = {"events:source": SOURCE, "events:detail-type": DETAIL_TYPE}
    assert statement["Condition"] == {"StringEquals": wanted}


@pytest.mark.parametrize("stage", ["local", "prod"])
def test_functions_are_told_everything_the_settings_need(
    app_template: dict[str, Any], stage: str
) -> None:
    variables = app_template["Globals"]["Function"]["Environment"]["Variables"]
    environ = {name: _resolve(value, stage) for name, value in variables.items()}
    read = settings.load(environ | {"PUBLIC_ORIGIN": "https://clips.example"})
    assert (read.secrets_name is None) == (stage == "local")
    assert bool(read.database_url) == (stage == "local")
    assert bool(read.signing_secret) == (stage == "local")


def test_alarms_ring_at_four_fifths_of_a_functions_timeout(
    app_template: dict[str, Any], functions: Functions
) -> None:
    alarms = [
        resource["Properties"]
        for resource in app_template["Resources"].values()
        if resource["Properties"].get("MetricName") == "Duration"
    ]
    thresholds = {one["Dimensions"][0]["Value"]["Ref"]: one["Threshold"] for one in alarms}
    assert thresholds == {name: one["Timeout"] * 800 for name, one in functions.items()}


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_is_watched(
    app_template: dict[str, Any], functions: Functions, metric: str
) -> None:
    watched = [
        resource["Properties"]["Dimensions"][0]["Value"]["Ref"]
        for resource in app_template["Resources"].values()
        if resource["Properties"].get("MetricName") == metric
    ]
    assert sorted(watched) == sorted(functions)


def test_the_dashboard_is_json(app_template: dict[str, Any]) -> None:
    body = app_template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert len(json.loads(body)["widgets"]) == 6


def test_the_gateways_own_answers_are_problem_documents(app_template: dict[str, Any]) -> None:
    answers = app_template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    assert answers["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == 404
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(answers)
    for answer in answers.values():
        problem = json.loads(answer["ResponseTemplates"]["application/json"])
        assert REGISTRY[problem["code"]] == (problem["status"], problem["title"])
        assert problem["type"] == f"urn:clipwave:problem:{problem['code']}"
        assert problem["request_id"] == "$context.requestId"
        assert answer["StatusCode"] == problem["status"]
        content_type = answer["ResponseParameters"]["Headers"]["Content-Type"]
        assert content_type == "'application/problem+json'"


def test_cloudfront_and_the_local_edge_send_paths_to_the_same_origins() -> None:
    config = _properties(DELIVERY, "Distribution")["DistributionConfig"]
    rows = [
        {"pattern": one["PathPattern"], "origin": one["TargetOriginId"]}
        for one in config["CacheBehaviors"]
    ]
    rows.append({"pattern": "*", "origin": config["DefaultCacheBehavior"]["TargetOriginId"]})
    assert rows == json.loads((INFRA / "paths.json").read_text())
    assert {origin["Id"] for origin in config["Origins"]} == {row["origin"] for row in rows}


def test_exports_are_what_the_other_stacks_import(app_template: dict[str, Any]) -> None:
    exports = {
        output["Export"]["Name"]["Fn::Sub"]
        for output in STORAGE["Outputs"].values()
        if "Export" in output
    }
    wanted = {one["Fn::Sub"] for one in _find([app_template, DELIVERY], "Fn::ImportValue")}
    assert wanted == exports


def _properties(template: dict[str, Any], name: str) -> dict[str, Any]:
    properties: dict[str, Any] = template["Resources"][name]["Properties"]
    return properties


def _resolve(value: Any, stage: str) -> str:
    """Return a value as CloudFormation would, with every reference resolved to some text."""
    if isinstance(value, dict) and "Fn::If" in value:
        condition, yes, no = value["Fn::If"]
        holds = {"IsCloud": stage != "local", "HasMediaConvertQueue": False}[condition]
        return _resolve(yes if holds else no, stage)
    if value == {"Ref": "S3PublicEndpointUrl"}:
        return ""
    defaults = {"Transcoder": "worker", "Av1Rungs": "off"}
    if isinstance(value, dict) and value.get("Ref") in defaults:
        return defaults[value["Ref"]]
    return value if isinstance(value, str) else "given"


def _find(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from _find(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _find(inner, key)
