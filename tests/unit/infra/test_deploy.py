"""Where things are after a deployment, and what a failed one may leave."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from infra import remains
from infra.deploy import describe
from infra.remains import remove_remains
from tests.unit.infra.templates import load


def test_everything_deployed_is_named(app_template: dict[str, Any]) -> None:
    """The outputs stand for themselves: a wrong name is an error here."""
    account = SimpleNamespace(is_local=True, endpoint_url="http://127.0.0.1:4566")
    storage = {name: name for name in load("storage")["Outputs"]}
    app = {name: name for name in app_template["Outputs"]}
    deployed = describe(cast(Any, account), storage, app)
    assert deployed.api_url == "http://127.0.0.1:4566/_aws/execute-api/RestAPIId/api"
    assert deployed.buckets["media"] == "MediaBucket"
    assert deployed.queues["job-events"] == "JobEventsQueueUrl"
    assert deployed.queues["job-events-dead"] == "JobEventsDeadLettersUrl"
    assert set(deployed.functions) == {
        "api",
        "ingest_upload",
        "transcode",
        "on_job_event",
        "finish_video",
        "sweep",
        "tend_feed",
        "roll_up",
        "run_job",
        "prepare_feeds",
        "take_in_events",
    }
    assert deployed.functions["ingest_upload"] == "IngestUploadName"


class LocalStack:
    """Functions, event sources, APIs and rules by name; event sources take a moment to go."""

    def __init__(self) -> None:
        self.functions = ["clipwave-local-api", "somebody-elses"]
        self.sources = ["clipwave-local-sweep", "somebody-elses"]
        self.apis = ["clipwave-local", "somebody-elses"]
        self.rules = ["clipwave-app-local-EveryMinute", "clipwave-local-job-events"]
        self.looks_until_deleted = 2

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, name))

    def list_functions(self) -> list[dict[str, Any]]:
        return [{"Functions": [{"FunctionName": name} for name in self.functions]}]

    def delete_function(self, *, FunctionName: str) -> None:
        self.functions.remove(FunctionName)

    def list_event_source_mappings(self) -> list[dict[str, Any]]:
        self.looks_until_deleted -= 1
        if self.looks_until_deleted < 0:
            self.sources = [name for name in self.sources if not name.startswith("clipwave")]
        rows = [
            {
                "UUID": name,
                "State": "Enabled",
                "FunctionArn": f"arn:aws:lambda:us-east-1:0:function:{name}",
                "EventSourceArn": f"arn:of:{name}",
            }
            for name in self.sources
        ]
        return [{"EventSourceMappings": rows}]

    def delete_event_source_mapping(self, *, UUID: str) -> None:
        assert UUID.startswith("clipwave")

    def get_rest_apis(self) -> dict[str, Any]:
        return {"items": [{"name": name, "id": name} for name in self.apis]}

    def delete_rest_api(self, *, restApiId: str) -> None:
        self.apis.remove(restApiId)

    def list_rules(self, *, NamePrefix: str) -> dict[str, Any]:
        return {"Rules": [{"Name": name} for name in self.rules if name.startswith(NamePrefix)]}

    def list_targets_by_rule(self, *, Rule: str) -> dict[str, Any]:
        return {"Targets": [{"Id": f"target of {Rule}"}]}

    def remove_targets(self, **_: Any) -> None:
        """Nothing to see here."""

    def delete_rule(self, *, Name: str) -> None:
        self.rules.remove(Name)


def test_what_a_broken_stack_left_is_removed_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remains, "POLL_SECONDS", 0)
    left = LocalStack()
    removed = remove_remains(lambda _service: left, "local")
    assert len(removed) == 4
    assert left.functions == left.sources == left.apis == ["somebody-elses"]
    assert left.rules == ["clipwave-local-job-events"]


def test_an_event_source_that_stays_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remains, "POLL_SECONDS", 0)
    monkeypatch.setattr(remains, "WAIT_SECONDS", 0)
    left = LocalStack()
    left.looks_until_deleted = 1_000_000
    with pytest.raises(TimeoutError, match="make reset"):
        remove_remains(lambda _service: left, "local")
