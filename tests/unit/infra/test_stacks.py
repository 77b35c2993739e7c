"""How stacks are made, updated, repaired, and what is told when it fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import stacks as stacks_module
from infra.stacks import DIGEST_TAG, Change, DeployError, Stacks

STACK = "clipwave-app-test"
CHANGE = Change(
    stack=STACK,
    template={"TemplateBody": "{}"},
    parameters={"Stage": "test"},
    declared=frozenset({"Stage", "RedisUrl"}),
    digest="new",
)


class CloudFormation:
    """One stack, which goes through the statuses it is given whenever it is changed."""

    def __init__(self, *, status: str | None = None, after: tuple[str, ...] = ()) -> None:
        self.status = status
        self.after = after
        self.coming: Iterator[str] = iter(())
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.change_set: dict[str, Any] = {"Status": "CREATE_COMPLETE"}
        self.events: list[dict[str, Any]] = []
        self.parameters: list[dict[str, str]] = []
        self.tags: list[dict[str, str]] = []

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        self.status = next(self.coming, self.status)
        if self.status is None:
            message = f"Stack with id {STACK} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "")
        stack = {
            "StackId": "arn:stack",
            "StackStatus": self.status,
            "Parameters": self.parameters,
            "Tags": self.tags,
            "Outputs": [{"OutputKey": "Name", "OutputValue": "value"}],
        }
        return {"Stacks": [stack]}

    def create_change_set(self, **given: Any) -> None:
        self.calls.append(("create_change_set", given))

    def describe_change_set(self, **_: Any) -> dict[str, Any]:
        return self.change_set

    def delete_change_set(self, **given: Any) -> None:
        self.calls.append(("delete_change_set", given))

    def execute_change_set(self, **given: Any) -> None:
        self.calls.append(("execute_change_set", given))
        self.coming = iter(self.after)

    def delete_stack(self, **given: Any) -> None:
        self.calls.append(("delete_stack", given))
        self.coming = iter(("DELETE_IN_PROGRESS", "DELETE_COMPLETE"))

    def describe_stack_events(self, **_: Any) -> dict[str, Any]:
        return {"StackEvents": self.events}

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.calls]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks_module, "POLL_SECONDS", 0)


def test_a_missing_stack_is_created() -> None:
    client = CloudFormation(after=("CREATE_IN_PROGRESS", "CREATE_COMPLETE"))
    told: list[str] = []
    assert Stacks(client, told.append).apply(CHANGE) == {"Name": "value"}
    assert client.names == ["create_change_set", "execute_change_set"]
    given = client.calls[0][1]
    assert given["ChangeSetType"] == "CREATE"
    assert given["Tags"] == [{"Key": DIGEST_TAG, "Value": "new"}]
    assert "was created" in told[0]


def test_an_update_keeps_the_parameters_nobody_gave() -> None:
    client = CloudFormation(status="CREATE_COMPLETE", after=("UPDATE_COMPLETE",))
    client.parameters = [{"ParameterKey": key} for key in ("Stage", "RedisUrl", "Forgotten")]
    Stacks(client, print).apply(CHANGE)
    assert client.calls[0][1]["Parameters"] == [
        {"ParameterKey": "Stage", "ParameterValue": "test"},
        {"ParameterKey": "RedisUrl", "UsePreviousValue": True},
    ]


def test_nothing_to_change_is_no_failure() -> None:
    client = CloudFormation(status="UPDATE_COMPLETE")
    reason = "The submitted information didn't contain changes."
    client.change_set = {"Status": "FAILED", "StatusReason": reason}
    told: list[str] = []
    assert Stacks(client, told.append).apply(CHANGE) == {"Name": "value"}
    assert client.names == ["create_change_set", "delete_change_set"]
    assert "is unchanged" in told[0]


@pytest.mark.parametrize("left", ["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "DELETE_FAILED"])
def test_what_a_failed_first_deployment_left_is_removed_first(left: str) -> None:
    client = CloudFormation(status=left, after=("CREATE_COMPLETE",))
    Stacks(client, print).apply(CHANGE)
    assert client.names == ["delete_stack", "create_change_set", "execute_change_set"]
    assert client.calls[1][1]["ChangeSetType"] == "CREATE"


def test_somebody_elses_operation_is_waited_for() -> None:
    client = CloudFormation(status="UPDATE_COMPLETE", after=("UPDATE_COMPLETE",))
    client.coming = iter(("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"))
    Stacks(client, print).apply(CHANGE)
    assert client.names == ["create_change_set", "execute_change_set"]


def test_a_failure_tells_the_cause_and_not_its_consequences() -> None:
    client = CloudFormation(after=("ROLLBACK_COMPLETE",))
    client.events = [
        _event(STACK, "ROLLBACK_COMPLETE", "", "this"),
        _event("Sweep", "CREATE_FAILED", "Resource creation cancelled", "this"),
        _event("Transcode", "CREATE_FAILED", "MemorySize must be at most 3008", "this"),
        _event("Transcode", "CREATE_FAILED", "of last week", "before"),
    ]
    with pytest.raises(DeployError) as caught:
        Stacks(client, print).apply(CHANGE)
    assert str(caught.value).splitlines() == [
        f"{STACK}: ROLLBACK_COMPLETE",
        "Transcode: MemorySize must be at most 3008",
    ]


def test_a_refused_template_is_told() -> None:
    client = CloudFormation()
    client.change_set = {"Status": "FAILED", "StatusReason": "Parameters: [RedisUrl] must have"}
    with pytest.raises(DeployError, match="RedisUrl"):
        Stacks(client, print).apply(CHANGE)


def test_an_operation_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks_module, "MAX_SECONDS", 0)
    with pytest.raises(DeployError, match="did not end"):
        Stacks(CloudFormation(status="UPDATE_IN_PROGRESS"), print).apply(CHANGE)


@pytest.mark.parametrize(
    ("status", "digest", "current"),
    [
        ("CREATE_COMPLETE", "new", True),
        ("CREATE_COMPLETE", "old", False),
        ("UPDATE_ROLLBACK_COMPLETE", "new", False),
        (None, "new", False),
    ],
)
def test_a_stack_is_current_when_it_was_made_of_the_same(
    status: str | None, digest: str, current: bool
) -> None:
    client = CloudFormation(status=status)
    client.tags = [{"Key": DIGEST_TAG, "Value": digest}]
    assert Stacks(client, print).is_current(CHANGE) is current


def _event(resource: str, status: str, reason: str, token: str) -> dict[str, Any]:
    return {
        "LogicalResourceId": resource,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "ClientRequestToken": token,
    }
