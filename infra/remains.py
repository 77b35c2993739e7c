"""Removes what LocalStack leaves behind when it deletes a stack whose creation had failed."""

import time
from collections.abc import Callable, Iterator
from typing import Any

WAIT_SECONDS = 30
POLL_SECONDS = 0.2


def remove_remains(client: Callable[[str], Any], stage: str) -> list[str]:
    """Delete the app's event sources, functions, APIs and schedules; return what there was.

    The app's stack must be gone. Usually there is nothing, and it takes a few milliseconds.
    Raises TimeoutError if an event source stays.
    """
    functions, gateway, events = client("lambda"), client("apigateway"), client("events")
    removed = _remove_sources(functions, stage)
    for name in _function_names(functions, stage):
        functions.delete_function(FunctionName=name)
        removed.append(name)
    for api in gateway.get_rest_apis()["items"]:
        if api["name"] == f"clipwave-{stage}":
            gateway.delete_rest_api(restApiId=api["id"])
            removed.append(f"API {api['id']}")
    for rule in events.list_rules(NamePrefix=f"clipwave-app-{stage}-")["Rules"]:
        targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        events.remove_targets(Rule=rule["Name"], Ids=[target["Id"] for target in targets])
        events.delete_rule(Name=rule["Name"])
        removed.append(rule["Name"])
    return removed


def _remove_sources(functions: Any, stage: str) -> list[str]:
    """Delete the event source mappings and wait until they are gone: they block new ones."""
    found = list(_sources(functions, stage))
    for source in found:
        if source["State"] != "Deleting":
            functions.delete_event_source_mapping(UUID=source["UUID"])
    deadline = time.monotonic() + WAIT_SECONDS
    while next(_sources(functions, stage), None) is not None:
        if time.monotonic() > deadline:
            raise TimeoutError("an event source can't be deleted; start afresh with `make reset`")
        time.sleep(POLL_SECONDS)
    return [source["EventSourceArn"] for source in found]


def _sources(functions: Any, stage: str) -> Iterator[dict[str, Any]]:
    for page in functions.get_paginator("list_event_source_mappings").paginate():
        for source in page["EventSourceMappings"]:
            if f":function:clipwave-{stage}-" in source["FunctionArn"]:
                yield source


def _function_names(functions: Any, stage: str) -> list[str]:
    pages = functions.get_paginator("list_functions").paginate()
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    return [name for name in names if name.startswith(f"clipwave-{stage}-")]
