"""Least privilege: each function may do what it does, on what it does it to."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.infra.templates import INFRA

CHALICE = INFRA.parent / ".chalice"
CONFIG = json.loads((CHALICE / "config.json").read_text())["lambda_functions"]
POLICIES = {
    name: json.loads((CHALICE / function["iam_policy_file"]).read_text())
    for name, function in CONFIG.items()
}
ACCOUNT = r"\$\{AWS::Region\}:\$\{AWS::AccountId\}"
# Every wildcard, and why it can't be narrower.
ALLOWED_WILDCARDS = {
    r".*:s3:::clipwave-uploads-\$\{Stage\}-\$\{AWS::AccountId\}/raw/\*": "keys hold random ids",
    r".*:s3:::clipwave-uploads-\$\{Stage\}-\$\{AWS::AccountId\}/exports/\*": "keys hold random ids",
    r".*:s3:::clipwave-audit-\$\{Stage\}-\$\{AWS::AccountId\}/audit/\*": "keys hold dates",
    r".*:s3:::clipwave-archive-\$\{Stage\}-\$\{AWS::AccountId\}/(videos|events|backups)/\*": (
        "keys hold random ids, or dates"
    ),
    r".*:s3:::clipwave-media-\$\{Stage\}-\$\{AWS::AccountId\}/[vpw]/\*": "keys hold random ids",
    rf".*:mediaconvert:{ACCOUNT}:queues/\*": "the operator names the queue",
    rf".*:mediaconvert:{ACCOUNT}:jobs/\*": "MediaConvert names its jobs",
    rf".*:logs:{ACCOUNT}:log-group:/aws/lambda/clipwave-\$\{{Stage\}}-[a-z-]+:\*": (
        "Lambda names the streams of a function's own log group"
    ),
    rf".*:secretsmanager:{ACCOUNT}:secret:clipwave-\$\{{Stage\}}-\?{{6}}": (
        "Secrets Manager ends each ARN with six random characters"
    ),
}


def test_no_two_functions_share_a_policy() -> None:
    files = [function["iam_policy_file"] for function in CONFIG.values()]
    assert len(set(files)) == len(files)
    assert {f"policies/{path.name}" for path in CHALICE.glob("policies/*")} == set(files)


@pytest.mark.parametrize("name", POLICIES)
def test_actions_are_named_in_full(name: str) -> None:
    for statement in POLICIES[name]["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in _listed(statement["Action"]):
            assert re.fullmatch(r"[a-z0-9]+:[A-Z][A-Za-z]+", action)


@pytest.mark.parametrize("name", POLICIES)
def test_resources_are_of_this_stage_and_wildcards_have_a_reason(name: str) -> None:
    for resource in _resources(POLICIES[name]):
        shared = resource.endswith(":event-bus/default") or ":mediaconvert:" in resource
        assert "${Stage}" in resource or shared
        if re.search(r"[*?]", resource):
            assert any(re.fullmatch(pattern, resource) for pattern in ALLOWED_WILDCARDS), resource


@pytest.mark.parametrize("name", POLICIES)
def test_a_function_writes_only_its_own_log(name: str) -> None:
    own = "api" if name == "api_handler" else name.replace("_", "-")
    logs = [resource for resource in _resources(POLICIES[name]) if ":logs:" in resource]
    assert [log.rpartition("${Stage}-")[2] for log in logs] == [f"{own}:*"]


def _resources(policy: dict[str, Any]) -> Iterator[str]:
    for statement in policy["Statement"]:
        for resource in _listed(statement["Resource"]):
            yield resource["Fn::Sub"] if isinstance(resource, dict) else resource


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
