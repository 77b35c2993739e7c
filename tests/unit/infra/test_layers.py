"""What goes into the layers, and that a broken one is never kept."""

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from infra import layers
from infra.archives import write_archive
from infra.layers import AWS, HOST, BuildError, check_unpacked_size, dependencies_layer

FILES = {
    "shapes/__init__.py": "SIDES = 3\n",
    "shapes/__init__.pyi": "SIDES: int\n",
    "shapes/tests/test_shapes.py": "",
    "shapes/include/shapes.h": "",
    "bin/shapes": "",
    "shapes-1.0.dist-info/METADATA": "Name: shapes\n",
}


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("shapes==1.0\n")
    return path


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Stands in for pip: writes a small package, and keeps what it was asked."""
    calls: list[tuple[str, ...]] = []

    def install(*arguments: str) -> None:
        calls.append(arguments)
        target = Path(arguments[arguments.index("--target") + 1])
        for name, text in FILES.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_text(text)

    monkeypatch.setattr(layers, "_pip", install)
    return calls


def test_only_what_functions_import_is_in_it(
    tmp_path: Path, requirements: Path, installed: list[tuple[str, ...]]
) -> None:
    path = dependencies_layer(requirements, AWS, tmp_path / "cache", print)
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == [
            "python/lib/python3.13/site-packages/shapes-1.0.dist-info/METADATA",
            "python/lib/python3.13/site-packages/shapes/__init__.py",
        ]
    assert "--platform=manylinux_2_28_x86_64" in installed[0]


def test_for_this_machine_it_has_bytecode(
    tmp_path: Path, requirements: Path, installed: list[tuple[str, ...]]
) -> None:
    path = dependencies_layer(requirements, HOST, tmp_path / "cache", print)
    with zipfile.ZipFile(path) as archive:
        tag = sys.implementation.cache_tag
        assert any(f"__pycache__/__init__.{tag}.pyc" in name for name in archive.namelist())
    assert not [option for option in installed[0] if option.startswith("--platform")]


def test_it_is_made_again_only_for_other_requirements(
    tmp_path: Path, requirements: Path, installed: list[tuple[str, ...]]
) -> None:
    def make() -> Path:
        return dependencies_layer(requirements, HOST, tmp_path / "cache", print)

    first = make()
    assert (make(), len(installed)) == (first, 1)
    requirements.write_text("shapes==1.1\n")
    assert make() != first
    assert len(installed) == 2


def test_a_failed_installation_names_the_package_and_leaves_nothing(
    tmp_path: Path, requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", _failing_pip(tmp_path / "python"))
    with pytest.raises(BuildError, match=r"No matching distribution found for shapes==1\.0"):
        dependencies_layer(requirements, HOST, tmp_path / "cache", print)
    assert not list(tmp_path.glob("cache/*"))


def test_too_large_names_the_largest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "MAX_UNPACKED_BYTES", 5 << 20)
    make = _archives(tmp_path)
    code = make("code.zip", {"app.py": 1 << 20})
    prefix = "python/lib/python3.13/site-packages"
    layer = make("layer.zip", {f"{prefix}/av/a.so": 1 << 20, f"{prefix}/av.libs/b.so": 3 << 20})
    assert check_unpacked_size([code, layer]) == 5 << 20
    with pytest.raises(BuildError, match=r"the largest: av 4 MiB, ffmpeg 1 MiB"):
        check_unpacked_size([layer, make("ffmpeg.zip", {"ffmpeg": (1 << 20) + 1}), code])


def _archives(directory: Path) -> Callable[[str, dict[str, int]], Path]:
    def make(name: str, sizes: dict[str, int]) -> Path:
        files = []
        for number, (member, size) in enumerate(sizes.items()):
            file = directory / f"{name}-{number}"
            file.write_bytes(bytes(size))
            files.append((member, file))
        write_archive(directory / name, files)
        return directory / name

    return make


def _failing_pip(path: Path) -> str:
    message = "ERROR: No matching distribution found for shapes==1.0"
    path.write_text(f"#!/bin/sh\necho '{message}' >&2\nexit 1\n")
    path.chmod(0o755)
    return str(path)
