"""Building the client: npm only when needed, and nothing that breaks the policy it obeys."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import web
from infra.publish import _HASHED, IMMUTABLE
from infra.web import BUILD, INSTALL, WebBuildFailed, build_web

SOURCES = Path(__file__).parents[3] / "web"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A small client of its own, in place of the real one."""
    sources = tmp_path / "web"
    for name in ("package.json", "package-lock.json", "src/main.tsx", "src/api/types.gen.ts"):
        path = sources / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    (tmp_path / "openapi.json").write_text("{}")
    monkeypatch.setattr(web, "ROOT", tmp_path)
    monkeypatch.setattr(web, "SOURCES", sources)
    monkeypatch.setattr(web, "SITE", sources / "dist")
    monkeypatch.setattr(web, "CONTRACT", tmp_path / "openapi.json")
    return sources


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, client: Path) -> list[tuple[str, ...]]:
    """Pretend that npm works, and note what it was asked."""
    noted: list[tuple[str, ...]] = []

    def npm(arguments: tuple[str, ...]) -> None:
        noted.append(arguments)
        (client / ("node_modules" if arguments == INSTALL else "dist")).mkdir(exist_ok=True)

    monkeypatch.setattr(web, "_npm", npm)
    return noted


def test_npm_runs_once_for_the_same_sources(client: Path, ran: list[tuple[str, ...]]) -> None:
    build_web(print)
    (client / "src/api/types.gen.ts").write_text("made by the build itself")
    assert build_web(print) == client / "dist"
    assert ran == [INSTALL, BUILD]


@pytest.mark.parametrize("name", ["web/src/main.tsx", "openapi.json"])
def test_what_changed_is_built_with_the_same_packages(
    client: Path, ran: list[tuple[str, ...]], name: str
) -> None:
    build_web(print)
    (client.parent / name).write_text("changed")
    build_web(print)
    assert ran == [INSTALL, BUILD, BUILD]


def test_another_lock_file_means_other_packages(client: Path, ran: list[tuple[str, ...]]) -> None:
    build_web(print)
    (client / "package-lock.json").write_text("changed")
    build_web(print)
    assert ran == [INSTALL, BUILD, INSTALL, BUILD]


@pytest.mark.usefixtures("client")
def test_without_npm_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("infra.web.shutil.which", lambda _: None)
    monkeypatch.setattr("infra.web.sys.executable", str(tmp_path / "python"))
    with pytest.raises(WebBuildFailed, match="install Node"):
        build_web(print)


def test_nothing_in_the_client_breaks_its_policy() -> None:
    page = (SOURCES / "index.html").read_text()
    assert " style=" not in page
    assert "<style" not in page
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    for script in _scripts():
        text = script.read_text()
        for word in ("innerHTML", "dangerouslySetInnerHTML", "eval(", "new Function"):
            assert word not in text, f"{script.name} has {word}"


def test_no_file_is_taken_for_one_that_never_changes() -> None:
    for path in (SOURCES / "public").rglob("*"):
        assert not _HASHED.search(path.name), f"{path.name} would be served as {IMMUTABLE}"


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (SOURCES / "package-lock.json").read_text()


def _scripts() -> Iterator[Path]:
    yield from (SOURCES / "src").rglob("*.ts")
    yield from (SOURCES / "src").rglob("*.tsx")
