"""The app, packaged once for AWS."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.build import Package, package_app
from infra.layers import AWS


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    out = tmp_path_factory.mktemp("build")
    return package_app(stage="test", platform=AWS, out=out, report=lambda _: None)


@pytest.fixture(scope="session")
def app_template(package: Package) -> dict[str, Any]:
    template: dict[str, Any] = json.loads(Path(package.template).read_text())
    return template


@pytest.fixture(scope="session")
def functions(app_template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The functions' properties by logical id."""
    return {
        name: resource["Properties"]
        for name, resource in app_template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
