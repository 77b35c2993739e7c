"""A home's secrets and ports are made once and kept to their owner."""

import os
import socket
import stat
from pathlib import Path

import psutil
import pytest

from infra.local.home import Home
from infra.local.ports import PortTaken, check_free, choose_ports, free_port
from infra.local.processes import Daemon


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = Home(tmp_path).secrets
    assert Home(tmp_path).secrets == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    passwords = {account["password"] for account in Home(tmp_path).accounts.values()}
    assert len(passwords) == 4


def test_free_ports_are_remembered(tmp_path: Path) -> None:
    ports = choose_ports(Home(tmp_path), free=True)
    assert choose_ports(Home(tmp_path)) == ports


def test_the_environment_chooses_a_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPWAVE_PORT", "8123")
    assert choose_ports(Home(tmp_path)).edge == 8123


def test_a_taken_port_names_its_holder_and_the_way_out() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(PortTaken) as taken:
            check_free("edge", port)
    assert f"port {port} is taken by process {os.getpid()}" in str(taken.value)
    assert "CLIPWAVE_PORT" in str(taken.value)
    check_free("edge", free_port())


def test_a_recycled_pid_is_not_ours() -> None:
    born = psutil.Process().create_time()
    assert Daemon(os.getpid(), born).is_alive
    assert not Daemon(os.getpid(), born - 3600).is_alive
