"""CloudFormation stacks by change sets: made, updated or left alone, and the cause of failures."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

Report = Callable[[str], None]

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
POLL_SECONDS = 0.4
MAX_SECONDS = 3600  # a distribution takes ten minutes, a time-out of ours must come after AWS's
DIGEST_TAG = "clipwave:digest"
# What is left of a first deployment that failed can only be deleted.
BEYOND_REPAIR = frozenset({"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED",
                           "CREATE_FAILED", "DELETE_FAILED"})  # fmt: skip
UNCHANGED = ("didn't contain changes", "No updates are to be performed")
# Reasons that only say that something else failed.
SECONDARY = ("Resource creation cancelled", "Resource update cancelled",
             "The following resource(s) failed")  # fmt: skip


class DeployError(Exception):
    """A deployment failed; the message holds the resources' own reasons, one in a line."""


@dataclass(frozen=True)
class Change:
    """What a stack should be. `template` is TemplateBody or TemplateURL with its value.

    With a digest the stack can be recognised later as made of just this.
    """

    stack: str
    template: Mapping[str, str]
    parameters: Mapping[str, str]
    declared: frozenset[str]
    digest: str | None = None


class Stacks:
    """The stacks of one account and region."""

    def __init__(self, client: Any, report: Report) -> None:
        self._client = client
        self._report = report

    def find(self, stack: str) -> dict[str, Any] | None:
        """Return CloudFormation's description of a stack, or None."""
        try:
            found: list[dict[str, Any]] = self._client.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return found[0] if found[0]["StackStatus"] != "DELETE_COMPLETE" else None

    def is_current(self, change: Change) -> bool:
        """Whether the stack was made of exactly this."""
        found = self.find(change.stack)
        return (
            found is not None
            and found["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
            and _tags(change) == found.get("Tags", [])
        )

    def outputs(self, stack: str) -> dict[str, str]:
        """Return a stack's outputs. Raises DeployError if there is no such stack."""
        found = self.find(stack)
        if found is None:
            raise DeployError(f"there is no stack {stack}; deploy it first")
        return {row["OutputKey"]: row["OutputValue"] for row in found.get("Outputs", [])}

    def apply(self, change: Change) -> dict[str, str]:
        """Create or update a stack and return its outputs. Raises DeployError."""
        found = self._settled(change.stack)
        if found is not None and found["StackStatus"] in BEYOND_REPAIR:
            self.delete(change.stack)
            found = None
        started = time.monotonic()
        name = self._create_change_set(change, found)
        if name is not None:
            self._client.execute_change_set(StackName=change.stack, ChangeSetName=name)
            status = self._wait(change.stack)["StackStatus"]
            if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
                raise DeployError(
                    "\n".join([f"{change.stack}: {status}", *self._reasons(change.stack)])
                )
        verb = "is unchanged" if name is None else "was created" if found is None else "was updated"
        self._report(f"{change.stack} {verb} ({time.monotonic() - started:.1f} s)")
        return self.outputs(change.stack)

    def delete(self, stack: str) -> None:
        """Delete a stack and wait until it is gone. Raises DeployError."""
        found = self._settled(stack)
        if found is None:
            return
        self._client.delete_stack(StackName=stack)
        deleted = self._wait(found["StackId"])
        if deleted["StackStatus"] != "DELETE_COMPLETE":
            raise DeployError("\n".join([f"{stack} can't be deleted", *self._reasons(stack)]))

    def _create_change_set(self, change: Change, found: Mapping[str, Any] | None) -> str | None:
        """Return the name of a change set that is ready, or None when nothing would change."""
        name = f"change-{uuid4().hex}"
        try:
            self._client.create_change_set(
                StackName=change.stack,
                ChangeSetName=name,
                ChangeSetType="CREATE" if found is None else "UPDATE",
                Capabilities=CAPABILITIES,
                Parameters=_parameters(change, found),
                Tags=_tags(change),
                **change.template,
            )
        except ClientError as error:
            raise DeployError(f"{change.stack}: {error.response['Error']['Message']}") from error
        state = self._wait_for_change_set(change.stack, name)
        if state["Status"] != "FAILED":
            return name
        reason = state.get("StatusReason", "no reason given")
        self._client.delete_change_set(StackName=change.stack, ChangeSetName=name)
        if found is not None and any(text in reason for text in UNCHANGED):
            return None
        raise DeployError(f"{change.stack}: {reason}")

    def _wait_for_change_set(self, stack: str, name: str) -> dict[str, Any]:
        for _ in _until_deadline(f"the change set of {stack}"):
            state: dict[str, Any] = self._client.describe_change_set(
                StackName=stack, ChangeSetName=name
            )
            if state["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                break
        return state

    def _settled(self, stack: str) -> dict[str, Any] | None:
        """Return the stack as it is once nobody else is changing it."""
        found = self.find(stack)
        if found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS":
            return found
        settled = self._wait(found["StackId"])
        return None if settled["StackStatus"] == "DELETE_COMPLETE" else settled

    def _wait(self, stack: str) -> dict[str, Any]:
        for _ in _until_deadline(stack):
            found: dict[str, Any] = self._client.describe_stacks(StackName=stack)["Stacks"][0]
            if not found["StackStatus"].endswith("_IN_PROGRESS"):
                break
        return found

    def _reasons(self, stack: str) -> list[str]:
        """Return why the last operation failed, the first cause first."""
        try:
            events = self._client.describe_stack_events(StackName=stack)["StackEvents"]
        except ClientError:
            return []
        last = events[0].get("ClientRequestToken") if events else None
        reasons = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("_FAILED")
            and event.get("ClientRequestToken") == last
            and event["LogicalResourceId"] != stack  # it only says that something failed
        ]
        first = [reason for reason in reasons if not any(text in reason for text in SECONDARY)]
        return list(dict.fromkeys(first or reasons))


def _parameters(change: Change, found: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the given values; what the stack has already and nobody gave stays."""
    given = [{"ParameterKey": k, "ParameterValue": v} for k, v in change.parameters.items()]
    known = {row["ParameterKey"] for row in found.get("Parameters", [])} if found else set()
    kept = sorted(known & change.declared - change.parameters.keys())
    return given + [{"ParameterKey": key, "UsePreviousValue": True} for key in kept]


def _tags(change: Change) -> list[dict[str, str]]:
    return [{"Key": DIGEST_TAG, "Value": change.digest}] if change.digest else []


def _until_deadline(what: str) -> Iterator[None]:
    deadline = time.monotonic() + MAX_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(POLL_SECONDS)
    raise DeployError(f"{what} did not end within {MAX_SECONDS} s; look at it in the console")
