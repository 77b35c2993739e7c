"""A function version as a process needs it: command line, search path, environment variables."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .settings import Settings


@dataclass(frozen=True)
class Function:
    """One function version. `timeout` is in seconds, `memory` in bytes, layers as configured."""

    handler: str
    version: str
    timeout: float
    memory: int
    task_root: Path
    layers: tuple[Path, ...]
    environment: Mapping[str, str]


def command(function: Function, settings: Settings) -> list[str]:
    """Return the command line: AWS's runtime client in an interpreter without `site`.

    `-S` and `-s` keep every site-packages directory out, so that a dependency missing from the
    package is missing here as it would be on AWS.
    """
    return [str(settings.python), "-S", "-s", "-m", "awslambdaric", function.handler]


def search_path(function: Function, settings: Settings) -> list[Path]:
    """Return the module search path in AWS's order: code, layers, /var/runtime.

    On AWS layers are merged into /opt, later ones over earlier ones, so the last comes first.
    """
    site = f"python/lib/python{settings.python_version}/site-packages"
    return [
        function.task_root,
        *_existing(function, site),
        *_existing(function, "python"),
        settings.runtime_dir,
    ]


def child_environment(
    function: Function, settings: Settings, *, api_address: str, scratch: Path
) -> dict[str, str]:
    """Return the child's whole environment; nothing of LocalStack's own is inherited."""
    paths = search_path(function, settings)
    extra = function.environment.get("PYTHONPATH")
    return {
        "PATH": _join([settings.python.parent, *_SYSTEM_PATH, *_existing(function, "bin")]),
        "LD_LIBRARY_PATH": _join([function.task_root / "lib", *_existing(function, "lib")]),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        **function.environment,
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONPATH": _join([*paths[:-1], *([extra] if extra else []), paths[-1]]),
        "PYTHONNOUSERSITE": "1",
        "PYTHONUNBUFFERED": "1",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{settings.python_version}",
        "AWS_LAMBDA_RUNTIME_API": api_address,
        "LAMBDA_TASK_ROOT": str(function.task_root),
        "LAMBDA_RUNTIME_DIR": str(settings.runtime_dir),
    }


_SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")


def _existing(function: Function, name: str) -> list[Path]:
    found = (layer / name for layer in reversed(function.layers))
    return [path for path in found if path.is_dir()]


def _join(paths: Iterable[object]) -> str:
    return os.pathsep.join(str(path) for path in paths)
