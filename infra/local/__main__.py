"""`python -m infra.local up|down|reset|status`: the local cloud from the command line."""

import argparse
import fcntl
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg
from rich.console import Console
from rich.table import Table

from chalicelib.platform.settings import SettingsError
from infra.layers import BuildError
from infra.local.cloud import ROOT, Cloud
from infra.local.home import Home
from infra.local.ports import PortTaken, choose_ports, remembered_ports
from infra.local.postgres import Postgres
from infra.local.processes import StartFailed
from infra.migrate import MigrationError
from infra.seed import SeedFailed, seed
from infra.stacks import DeployError
from infra.web import WebBuildFailed

LEAST_FREE_BYTES = 2 << 30
CLIPS = 24
EXPECTED = (
    BuildError,
    DeployError,
    MigrationError,
    PortTaken,
    SeedFailed,
    SettingsError,
    StartFailed,
    WebBuildFailed,
)

console = Console(highlight=False)


class Busy(Exception):
    """Another command works on the same home."""


def main() -> int:
    """Run one command. Returns the exit code: 0 done or healthy, 1 with the reason on one line."""
    options = _parse()
    home = Home(options.home)
    commands: dict[str, Callable[[], int]] = {
        "up": lambda: _up(home, options),
        "down": lambda: _down(home),
        "reset": lambda: _reset(home),
        "status": lambda: _status(home),
    }
    try:
        if options.command == "status":
            return commands["status"]()
        with _alone(home):
            return commands[options.command]()
    except (*EXPECTED, Busy) as error:
        console.print(f"[red]error:[/red] {error}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("\ninterrupted; `make up` goes on from here, `make down` stops it all")
        return 130


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "reset", "status"])
    parser.add_argument("--home", type=Path, default=ROOT / ".local", help="where its data lives")
    parser.add_argument("--clips", type=int, default=CLIPS, help="how many sample videos")
    parser.add_argument("--free-ports", action="store_true", help="take free ports, and keep them")
    return parser.parse_args()


def _up(home: Home, options: argparse.Namespace) -> int:
    began = time.monotonic()
    _check_room(home)
    cloud = _settle(home, free_ports=options.free_ports)
    with _step("PostgreSQL, Redis, LocalStack"):
        cloud.start_servers()
    with _step("schema"):
        cloud.apply_migrations()
    with _step("build and deploy"):
        deployed = cloud.deploy(_report)
    with _step("mirror and edge"):
        cloud.start_mirror(deployed)
        cloud.start_edge(deployed)
    cloud.write_stack_file(deployed)
    if _seed_once(home, cloud, options.clips):
        cloud.invoke(deployed, "run_job", {"job": "train"})
    seconds = time.monotonic() - began
    console.print(f"\n[bold]Clipwave is playing at {cloud.base_url}[/bold]  ({seconds:.0f} s)")
    console.print(f"accounts and addresses: {home.stack_file}")
    return 0


def _seed_once(home: Home, cloud: Cloud, count: int) -> bool:
    """Put in people and sample videos. Returns False where an earlier `up` did on the same data."""
    stamp = home.data / "seeded"
    if stamp.exists() and int(stamp.read_text()) >= count:
        return False
    with _step("people and sample videos"):
        seed(
            base_url=cloud.base_url,
            database_url=cloud.postgres.url,
            accounts=home.accounts,
            ffmpeg=Path(imageio_ffmpeg.get_ffmpeg_exe()),
            cache=home.cache / "clips",
            count=count,
            report=_report,
        )
    cloud.forget_limits()
    stamp.write_text(str(count))
    return True


def _settle(home: Home, *, free_ports: bool) -> Cloud:
    """Return the cloud on the ports that are wanted now; what runs on others is stopped first."""
    before = remembered_ports(home)
    ports = choose_ports(home, free=free_ports)
    if before not in (None, ports):
        moved = ", ".join(Cloud(home, before).stop())
        if moved:
            console.print(f"• other ports are wanted: stopped {moved}")
    return Cloud(home, ports)


def _known(home: Home) -> Cloud:
    """Return the cloud as it was last brought up, whatever the environment says now."""
    return Cloud(home, remembered_ports(home) or choose_ports(home))


def _down(home: Home) -> int:
    cloud = _known(home)
    stopped = list(cloud.stop())
    console.print(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")
    return 0


def _reset(home: Home) -> int:
    _down(home)
    data = Postgres(home, 0).directory
    for path in (data, home.data, home.root / "logs"):
        shutil.rmtree(path, ignore_errors=True)
    for path in (home.stack_file, home.edge_config):
        path.unlink(missing_ok=True)
    console.print("everything people made here is gone; `make up` starts anew")
    return 0


def _status(home: Home) -> int:
    parts = _known(home).parts()
    table = Table("part", "state", "pid", "port", box=None)
    for part in parts:
        state = "[green]up[/green]" if part.healthy else "[red]down[/red]"
        table.add_row(part.name, state, str(part.pid or ""), str(part.port or ""))
    console.print(table)
    console.print(f"logs: {home.root / 'logs'}", soft_wrap=True)
    healthy = all(part.healthy for part in parts)
    console.print("all is well" if healthy else "`make up` starts what is down")
    return 0 if healthy else 1


def _check_room(home: Home) -> None:
    free = shutil.disk_usage(home.root).free
    if free < LEAST_FREE_BYTES:
        raise StartFailed(f"only {free >> 20} MiB are free at {home.root}; make room for 2 GiB")


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Hold the home's lock: two commands at once would undo each other's work."""
    with (home.root / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy(f"another command works on {home.root}; wait for it to end") from error
        yield


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    console.print(f"• {name} …")
    yield
    console.print(f"  [green]✓[/green] {name} ({time.monotonic() - began:.1f} s)")


def _report(line: str) -> None:
    console.print(f"    {line}", style="dim")


if __name__ == "__main__":
    sys.exit(main())
