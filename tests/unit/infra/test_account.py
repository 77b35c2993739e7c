"""Stacks of one stage: made, left alone, made anew on LocalStack, updated on AWS."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.account import Account

TEMPLATE = """
Parameters:
  Stage: {Type: String}
  Days: {Type: Number}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: !Ref Days}}
"""


class CloudFormation:
    """Stacks that are done as soon as they are begun; their outputs are their parameters."""

    def __init__(self) -> None:
        self.stacks: dict[str, dict[str, Any]] = {}
        self.given: dict[str, Any] = {}

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:
        for stack in self.stacks.values():
            if StackName in (stack["StackName"], stack["StackId"]):
                return {"Stacks": [stack]}
        raise ClientError({"Error": {"Code": "", "Message": "Stack does not exist"}}, "")

    def create_change_set(self, **given: Any) -> None:
        assert (given["ChangeSetType"] == "UPDATE") == (given["StackName"] in self.stacks)
        self.given = given

    def describe_change_set(self, **_: Any) -> dict[str, Any]:
        return {"Status": "CREATE_COMPLETE"}

    def execute_change_set(self, *, StackName: str, **_: Any) -> None:
        before = self.stacks.get(StackName, {}).get("Parameters", [])
        values = {row["ParameterKey"]: row["ParameterValue"] for row in before}
        rows = [
            {"ParameterValue": values.get(row["ParameterKey"]), **row}
            for row in self.given["Parameters"]
        ]
        self.stacks[StackName] = {
            "StackName": StackName,
            "StackId": f"arn:{StackName}",
            "StackStatus": "UPDATE_COMPLETE" if before else "CREATE_COMPLETE",
            "Parameters": rows,
            "Tags": self.given["Tags"],
            "Outputs": [
                {"OutputKey": row["ParameterKey"], "OutputValue": row["ParameterValue"]}
                for row in rows
            ],
        }

    def delete_stack(self, *, StackName: str) -> None:
        self.stacks.pop(StackName)["StackStatus"] = "DELETE_COMPLETE"
        self.stacks[f"deleted {StackName}"] = {
            "StackName": "",
            "StackId": f"arn:{StackName}",
            "StackStatus": "DELETE_COMPLETE",
        }


@pytest.fixture
def cloudformation() -> CloudFormation:
    return CloudFormation()


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch, cloudformation: CloudFormation) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    make = Account.client

    def client(account: Account, service: str) -> Any:
        return cloudformation if service == "cloudformation" else make(account, service)

    monkeypatch.setattr(Account, "client", client)
    monkeypatch.setattr("infra.account.remove_remains", lambda _client, _stage: [])
    monkeypatch.setattr("infra.stacks.POLL_SECONDS", 0)
    with mock_aws():
        yield


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "tried.yaml"
    path.write_text(TEMPLATE)
    return path


@pytest.fixture
def told() -> list[str]:
    return []


def test_a_local_stack_is_left_alone_until_something_changes(
    template: Path, told: list[str]
) -> None:
    account = Account("local", None, told.append)
    for _ in range(2):
        assert account.bring("app", template, {"Days": "60"})["Days"] == "60"
    assert len(told) == 1
    assert account.bring("app", template, {"Days": "70"})["Days"] == "70"
    assert "was updated" in told[1]


def test_what_local_stack_can_not_update_is_made_anew(template: Path, told: list[str]) -> None:
    account = Account("local", None, told.append)
    for days in ("60", "60", "70"):
        account.bring("app", template, {"Days": days}, anew=True)
    assert ["was created" in line for line in told] == [True, True]


def test_on_aws_a_stack_is_updated_and_keeps_its_parameters(
    template: Path, told: list[str], cloudformation: CloudFormation
) -> None:
    account = Account("prod", None, told.append)
    account.bring("app", template, {"Days": "60"}, anew=True)
    assert account.bring("app", template, {}, anew=True)["Days"] == "60"
    assert "was updated" in told[1]
    # A hash over secrets is nobody's business.
    assert cloudformation.given["Tags"] == []


def test_parameters_of_other_templates_do_no_harm(template: Path, told: list[str]) -> None:
    account = Account("local", None, told.append)
    outputs = account.bring("app", template, {"Days": "60", "RedisUrl": "redis://here"})
    assert outputs == {"Days": "60", "Stage": "local"}


def test_a_large_template_goes_through_the_bucket(
    template: Path, told: list[str], cloudformation: CloudFormation
) -> None:
    template.write_text(TEMPLATE + "# much more\n" * 6000)
    account = Account("local", None, told.append)
    account.bring("app", template, {"Days": "60"})
    key = re.sub(r"https://[^/]*/", "", cloudformation.given["TemplateURL"])
    found = account.s3.get_object(Bucket=account.artifacts, Key=key)
    assert found["Body"].read() == template.read_bytes()


def test_builds_of_stages_are_kept_apart(template: Path, told: list[str]) -> None:
    buckets = [Account(stage, None, told.append).artifacts for stage in ("local", "prod")]
    assert buckets == [f"clipwave-artifacts-{stage}-123456789012" for stage in ("local", "prod")]
