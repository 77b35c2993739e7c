"""What a build for AWS holds."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra import build as build_module
from infra.build import Package, check, package_app
from infra.layers import AWS, BuildError

ROOT = Path(__file__).parents[3]


def test_the_zip_holds_all_code_and_nothing_else(package: Package) -> None:
    expected = {
        str(path.relative_to(ROOT))
        for folder in ("chalicelib", "functions")
        for path in (ROOT / folder).rglob("*.py")
    }
    with zipfile.ZipFile(package.code) as archive:
        assert set(archive.namelist()) == expected | {
            "app.py",
            "chalice/__init__.py",
            "chalice/app.py",
        }


def test_every_handler_is_in_the_zip(
    package: Package, functions: dict[str, dict[str, Any]]
) -> None:
    with zipfile.ZipFile(package.code) as archive:
        for properties in functions.values():
            module = properties["Handler"].rpartition(".")[0]
            assert f"{module.replace('.', '/')}.py" in archive.namelist()


def test_another_build_makes_the_same_bytes(package: Package, tmp_path: Path) -> None:
    again = package_app(stage="test", platform=AWS, out=tmp_path / ".again", report=print)
    assert again.code.read_bytes() == package.code.read_bytes()
    assert again.template.read_bytes() == package.template.read_bytes()


def test_nothing_changed_means_no_work(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_module, "_CHALICE", ["/bin/false"])
    out = package.code.parent
    assert package_app(stage="test", platform=AWS, out=out, report=print) == package


def test_what_chalice_says_is_told_and_the_next_build_starts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(build_module, "_CHALICE", ["sh", "-c", "echo no such view >&2; exit 1"])
        with pytest.raises(BuildError, match="no such view"):
            package_app(stage="test", platform=AWS, out=tmp_path, report=print)
    assert package_app(stage="test", platform=AWS, out=tmp_path, report=print).code.exists()


def test_functions_run_on_the_runtime_their_layers_are_made_for(
    functions: dict[str, dict[str, Any]],
) -> None:
    assert {properties["Runtime"] for properties in functions.values()} == {AWS.runtime}


def test_cfn_lint_has_nothing_against_the_templates(tmp_path: Path) -> None:
    assert check(tmp_path) == []
