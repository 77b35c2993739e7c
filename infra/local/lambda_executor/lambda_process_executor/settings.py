"""What the LocalStack process's environment says about the executor."""

import functools
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RUNTIME_DIR = "LAMBDA_PROCESS_RUNTIME_DIR"
PYTHON = "LAMBDA_PROCESS_PYTHON"
_ANSWER_SECONDS = 15


class SettingsError(Exception):
    """The executor is not set up; the message says what to do."""


@dataclass(frozen=True)
class Settings:
    """The interpreter of the functions and the directory that stands for AWS's /var/runtime."""

    python: Path
    runtime_dir: Path

    @property
    def python_version(self) -> str:
        """The interpreter's version as `3.11`. Raises SettingsError when it does not run."""
        return _version_of(self.python)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read and check the settings. Raises SettingsError."""
    directory = environ.get(RUNTIME_DIR, "")
    if not directory:
        raise SettingsError(f"{RUNTIME_DIR} is not set. {_remedy('DIR')}")
    runtime_dir = Path(directory).absolute()
    if not (runtime_dir / "awslambdaric").is_dir():
        raise SettingsError(f"{runtime_dir} holds no awslambdaric. {_remedy(directory)}")
    base: str = getattr(sys, "_base_executable", sys.executable)
    return Settings(python=Path(environ.get(PYTHON) or base), runtime_dir=runtime_dir)


def _remedy(directory: str) -> str:
    return (
        f"Run `pip install --target {directory} awslambdaric boto3` with the interpreter the "
        f"functions use and start LocalStack with {RUNTIME_DIR}={directory}"
    )


@functools.cache
def _version_of(python: Path) -> str:
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [python, "-I", "-S", "-c", script],
            capture_output=True,
            text=True,
            timeout=_ANSWER_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SettingsError(f"{python} does not run ({error}); set {PYTHON}") from error
    return answer.stdout.strip()
