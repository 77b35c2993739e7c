"""The route table: nothing without a permission, nothing twice."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app import app
from chalicelib.api.requests import Request
from chalicelib.api.routing import PREFIX, ROUTES, Audience, Reply, endpoint
from chalicelib.platform.limits import LimitClass

ROOT = Path(__file__).parents[3]


def _view(request: Request) -> Reply:
    return Reply()


def test_a_route_without_a_permission_does_not_start() -> None:
    missing: Any = None
    with pytest.raises(TypeError, match="GET /nowhere has no permission"):
        endpoint("GET", "/nowhere", allow=missing, limit=LimitClass.READ)


def test_a_route_is_declared_once() -> None:
    with pytest.raises(TypeError, match="declared twice"):
        endpoint("GET", "/feed", allow=Audience.ANYONE, limit=None)(_view)


def test_every_declared_route_is_served_and_every_other_method_answered() -> None:
    for path, method in ROUTES:
        assert method in app.routes[PREFIX + path]
        assert set(app.routes[PREFIX + path]) == {
            "GET",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
            "OPTIONS",
        }


def test_writes_are_never_open_to_everybody_but_for_a_few() -> None:
    open_writes = {
        (method, path)
        for (path, method), route in ROUTES.items()
        if method != "GET" and route.allow is Audience.ANYONE
    }
    assert open_writes == {
        ("POST", "/auth/register"),
        ("POST", "/auth/login"),
        ("POST", "/events"),
        ("POST", "/videos/{video_id}/share"),
    }


def test_the_api_starts_without_what_only_workers_need() -> None:
    code = "import sys, app; print(*sorted({'av', 'PIL', 'boto3'} & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == ""
