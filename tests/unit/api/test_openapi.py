"""The OpenAPI document: valid, whole, and the one that is checked in."""

import json
from collections import Counter
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.api.routing import ROUTES
from chalicelib.platform.errors import REGISTRY
from infra import openapi
from tests.component.permission_table import ENDED, TABLE


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(openapi.text())
    return found


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_it_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_the_one_that_is_checked_in_is_the_one_that_the_routes_make() -> None:
    assert openapi.PATH.read_text() == openapi.text(), "run `python -m infra.openapi`"


def test_every_route_is_in_it_once(document: dict[str, Any]) -> None:
    found = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert found == {(method, path) for path, method in ROUTES}
    ids = Counter(operation["operationId"] for operation in _operations(document))
    assert ids.most_common(1)[0][1] == 1


def test_roles_limits_and_errors_of_each_are_said(document: dict[str, Any]) -> None:
    for (method, path), row in TABLE.items():
        operation = document["paths"][path][method.lower()]
        assert set(operation["x-roles"]) == row.roles - {ENDED}
        assert operation["x-limit-class"] or path in ("/health/live", "/health/ready", "/version")
        assert set(operation["x-errors"]) <= set(REGISTRY)
        assert operation["summary"]


def test_links_lead_somewhere(document: dict[str, Any]) -> None:
    ids = {operation["operationId"] for operation in _operations(document)}
    for operation in _operations(document):
        for response in operation["responses"].values():
            for link in response.get("links", {}).values():
                assert link["operationId"] in ids
