"""The system user that PostgreSQL runs as when the local cloud is started by root."""

import os
import pwd
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

NAME = "nobody"  # PostgreSQL refuses to run as root
SYSTEM_DIRECTORY = Path("/var/lib/clipwave")


def service_user() -> pwd.struct_passwd | None:
    """Return the user to run servers as, or None where the present one will do."""
    return pwd.getpwnam(NAME) if os.geteuid() == 0 else None


def is_reachable(path: Path) -> bool:
    """Whether the service user may pass through, or run, every step on the way to a path."""
    if service_user() is None:
        return True
    steps = [step for step in (path, *path.parents) if step.exists()]
    return all(step.stat().st_mode & 0o001 for step in steps)


def system_directory() -> Path:
    """Return the directory for what the service user can't reach elsewhere, made if need be."""
    SYSTEM_DIRECTORY.mkdir(parents=True, exist_ok=True)
    SYSTEM_DIRECTORY.chmod(0o755)
    return SYSTEM_DIRECTORY


def give(path: Path) -> None:
    """Make a file or directory the service user's own."""
    user = service_user()
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def keep_copy(name: str, fill: Callable[[Path], None]) -> Path:
    """Return a directory that everybody may read, filled once: whole or not at all."""
    copy = system_directory() / name
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(dir=SYSTEM_DIRECTORY, prefix=f".{name}-"))
        fill(fresh)
        _open_up(fresh)
        with suppress(OSError):  # somebody else was faster
            fresh.rename(copy)
        rmtree(fresh, ignore_errors=True)
    return copy


def _open_up(directory: Path) -> None:
    for path in (directory, *directory.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
