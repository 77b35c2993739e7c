"""Building the page: complete, safe under the policy it is served with, npm only when needed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import web
from infra.publish import _HASHED, IMMUTABLE
from infra.web import PLAYER, SOURCES, WebBuildFailed, build_web


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Pretend that npm works, and note where it ran."""
    noted: list[Path] = []

    def install(directory: Path) -> None:
        noted.append(directory)
        player = directory / "node_modules" / PLAYER
        player.parent.mkdir(parents=True)
        player.write_text("a player")

    monkeypatch.setattr(web, "_install", install)
    return noted


def test_the_site_has_all_that_the_page_asks_for(installs: list[Path], tmp_path: Path) -> None:
    site = build_web(tmp_path / "site", print)
    page = (site / "index.html").read_text()
    asked = re.findall(r'(?:href|src)="/([^"]+)"', page)
    assert asked
    assert all((site / name).is_file() for name in asked)
    assert (site / "hls.min.js").read_text() == "a player"
    for script in (site / "scripts").iterdir():
        for name in re.findall(r'from "\./([^"]+)"', script.read_text()):
            assert (site / "scripts" / name).is_file(), f"{script.name} imports {name}"


def test_npm_runs_once_for_a_lock_file(installs: list[Path], tmp_path: Path) -> None:
    said: list[str] = []
    build_web(tmp_path / "site", said.append)
    (tmp_path / "site" / "left over.js").touch()
    build_web(tmp_path / "site", said.append)
    assert len(installs) == len(said) == 1
    assert not (tmp_path / "site" / "left over.js").exists()
    assert sorted(path.name[:7] for path in tmp_path.iterdir()) == ["modules", "site"]


def test_without_npm_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("infra.web.shutil.which", lambda _: None)
    monkeypatch.setattr("infra.web.sys.executable", str(tmp_path / "python"))
    with pytest.raises(WebBuildFailed, match="install Node"):
        build_web(tmp_path / "site", print)


def test_nothing_in_the_page_breaks_its_policy() -> None:
    page = (SOURCES / "index.html").read_text()
    assert " style=" not in page
    assert "<style" not in page
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    for script in _scripts():
        text = script.read_text()
        assert "innerHTML" not in text, script.name
        assert "eval(" not in text, script.name


def test_no_file_is_taken_for_one_that_never_changes() -> None:
    for path in SOURCES.rglob("*"):
        if path.is_file() and "node_modules" not in path.parts:
            assert not _HASHED.search(path.name), f"{path.name} would be served as {IMMUTABLE}"


def test_the_lock_file_names_no_registry() -> None:
    lock = (SOURCES / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert "://" not in lock


def _scripts() -> Iterator[Path]:
    return (SOURCES / "scripts").glob("*.js")
