"""LocalStack 4.13 without Docker: its runtime in an environment of its own, our executor in it."""

import shutil
from pathlib import Path

import httpx

from infra.local.home import Home
from infra.local.processes import (
    StartFailed,
    await_ready,
    find_daemon,
    start_daemon,
    stop_daemon,
)

START_LIMIT_SECONDS = 90


class LocalStack:
    """One gateway with every service behind it."""

    def __init__(self, home: Home, port: int, environment: Path) -> None:
        self._home = home
        self._port = port
        self._environment = environment

    @property
    def url(self) -> str:
        """Return the endpoint as this machine's programs use it."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def public_url(self) -> str:
        """Return the endpoint as browsers see it."""
        return f"http://localhost:{self._port}"

    def start(self) -> None:
        """Start it if it doesn't run; a new one knows nothing yet."""
        if find_daemon(self._home, "localstack") is not None and self.is_healthy():
            return
        stop_daemon(self._home, "localstack")
        files = self._home.data / "localstack"
        shutil.rmtree(files, ignore_errors=True)  # a new one can't use what the last one unpacked
        files.mkdir()
        python = self._environment / "bin" / "python"
        if not python.exists():
            raise StartFailed(f"{self._environment} is missing; `make up` prepares it")
        start_daemon(
            self._home,
            "localstack",
            [str(python), "-m", "localstack.runtime.main"],
            environment=self._variables(files),
            directory=files,
        )
        await_ready(self._home, "localstack", self.is_healthy, START_LIMIT_SECONDS)

    def stop(self) -> bool:
        """Stop it with all functions. Returns whether it ran."""
        return stop_daemon(self._home, "localstack")

    def is_healthy(self) -> bool:
        """Whether the gateway answers."""
        try:
            return httpx.get(f"{self.url}/_localstack/health", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def _variables(self, files: Path) -> dict[str, str]:
        return {
            "PATH": f"{self._environment / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(files),
            "TMPDIR": _directory(files / "tmp"),
            "FILESYSTEM_ROOT": _directory(files / "root"),
            "GATEWAY_LISTEN": f"127.0.0.1:{self._port}",
            # The default server, twisted, would listen on every address.
            "GATEWAY_SERVER": "hypercorn",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "DNS_ADDRESS": "0",
            "S3_SKIP_SIGNATURE_VALIDATION": "0",
            "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC": "1",
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "LAMBDA_PROCESS_RUNTIME_DIR": str(self._environment / "lambda-runtime"),
        }


def _directory(path: Path) -> str:
    path.mkdir(exist_ok=True)
    return str(path)
