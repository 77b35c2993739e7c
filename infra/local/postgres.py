"""PostgreSQL 18 with pgvector, for one home; as root it runs as another user."""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import psycopg

from infra.local.home import Home
from infra.local.postgres_programs import postgres_programs
from infra.local.processes import (
    StartFailed,
    await_ready,
    find_daemon,
    remember,
    start_daemon,
    stop_daemon,
)
from infra.local.service_user import give, is_reachable, service_user, system_directory

NAME = "postgres"
USER = "clipwave"
DATABASE = "clipwave"
START_LIMIT_SECONDS = 60
STOP_LIMIT_SECONDS = 60
ORPHAN_LIMIT_SECONDS = 60
LOCK_LINES = 7  # process, data, start, port, sockets, address, shared memory
ORPHANS = "pre-existing shared memory block"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "log_min_duration_statement": "500",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


class Postgres:
    """One server, with its data in the home, or where its user can reach it."""

    def __init__(self, home: Home, port: int, shared_buffers: str = "128MB") -> None:
        self._home = home
        self._port = port
        self._settings = {**SETTINGS, "shared_buffers": shared_buffers}

    @property
    def url(self) -> str:
        """Return the URL of the application's database."""
        return self._url(DATABASE)

    def start(self) -> None:
        """Start the server if it doesn't run, and make sure its database is there."""
        self._prepare()
        if self._find():
            await_ready(self._home, NAME, self.is_healthy, START_LIMIT_SECONDS)
        else:
            self._launch()
        self._create_database()

    def stop(self) -> bool:
        """Stop the server in order. Returns whether it ran."""
        self._find()
        return stop_daemon(self._home, NAME, signal.SIGINT, STOP_LIMIT_SECONDS)

    def is_healthy(self) -> bool:
        """Whether the server answers with this home's password."""
        try:
            with psycopg.connect(self._url("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    @property
    def directory(self) -> Path:
        """Where the data is: in the home, unless the server's user can't reach it there."""
        if is_reachable(self._home.data):
            return self._home.data / "postgres"
        digest = hashlib.sha256(str(self._home.root).encode()).hexdigest()[:16]
        return system_directory() / digest

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _lock(self) -> Path:
        return self._data / "postmaster.pid"

    def _url(self, database: str) -> str:
        password = self._home.secrets["database"]
        return f"postgresql://{USER}:{password}@127.0.0.1:{self._port}/{database}"

    def _prepare(self) -> None:
        """Initialise the data directory once; a half-made one is made anew."""
        if (self._data / "PG_VERSION").exists():
            return
        fresh, password = self.directory / "fresh", self.directory / "password"
        shutil.rmtree(fresh, ignore_errors=True)
        self.directory.mkdir(parents=True, exist_ok=True)
        give(self.directory)
        password.unlink(missing_ok=True)
        password.touch(0o600)
        give(password)
        password.write_text(self._home.secrets["database"])
        given = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={password}"]
        self._run("initdb", "-D", str(fresh), *given, "-E", "UTF8", "--no-locale")
        password.unlink()
        fresh.rename(self._data)

    def _launch(self) -> None:
        """Start the server; after a crash the dead one's children may need a moment to be gone."""
        deadline = time.monotonic() + ORPHAN_LIMIT_SECONDS
        while True:
            try:
                self._start()
                return
            except StartFailed as error:
                if ORPHANS not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _start(self) -> None:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        server = str(postgres_programs() / "postgres")
        start_daemon(
            self._home,
            NAME,
            [server, "-D", str(self._data), "-p", str(self._port), *settings],
            environment=_environment(),
            directory=self.directory,
            user=service_user(),
        )
        await_ready(self._home, NAME, self.is_healthy, START_LIMIT_SECONDS)

    def _find(self) -> bool:
        """Whether a server runs on the data, then remembered; if not, its lock is made stale."""
        known = find_daemon(self._home, NAME)
        lines = self._lock.read_text().splitlines() if self._lock.exists() else []
        if len(lines) < LOCK_LINES:
            self._lock.unlink(missing_ok=True)  # a crash left it half-written
            return False
        pid = int(lines[0])
        if not _serves(pid, self._data):
            # A zombie, or another program with its pid, would look like the server to PostgreSQL,
            # but its own parent doesn't. The other lines stay: they guard against orphans.
            self._lock.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
            return False
        if known is None:
            remember(self._home, NAME, pid)
        return True

    def _create_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            known = "SELECT FROM pg_database WHERE datname = %s"
            if connection.execute(known, (DATABASE,)).fetchone() is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')

    def _run(self, program: str, *arguments: str) -> None:
        user = service_user()
        done = subprocess.run(
            [str(postgres_programs() / program), *arguments],
            cwd=self.directory,
            env=_environment(),
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_LIMIT_SECONDS,
            check=False,
        )
        if done.returncode:
            raise StartFailed(f"{program} failed: {done.stderr.strip()}")


def _serves(pid: int, data: Path) -> bool:
    try:
        return str(data) in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "TZ": "UTC"}
