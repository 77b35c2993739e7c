"""Folders for work in progress, which don't outlive the process that made them."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = ".alive"


@contextmanager
def scratch_folder(kind: str) -> Iterator[Path]:
    """Make a folder in the system's temporary one, removed at the end.

    A process that is killed can't remove its own: the next one of its kind does it. A lock, which
    the system takes back from the dead, tells whose folder is still in use.
    """
    root = Path(tempfile.gettempdir())
    _remove_abandoned(root, kind)
    with tempfile.TemporaryDirectory(
        prefix=f"{kind}-", dir=root, ignore_cleanup_errors=True
    ) as made:
        folder = Path(made)
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            work = folder / "work"
            work.mkdir()
            yield work


def _remove_abandoned(root: Path, kind: str) -> None:
    for lock in root.glob(f"{kind}-*/{LOCK}"):
        with suppress(OSError), lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)
