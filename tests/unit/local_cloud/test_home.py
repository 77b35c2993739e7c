"""A home's secrets and ports are made once and kept to their owner."""

import os
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from infra.local.home import Home
from infra.local.ports import (
    PortTaken,
    check_free,
    choose_ports,
    free_port,
    free_ports,
    remembered_ports,
)
from infra.local.processes import Daemon


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = Home(tmp_path).secrets
    assert Home(tmp_path).secrets == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    passwords = {account["password"] for account in Home(tmp_path).accounts.values()}
    assert len(passwords) == 4


def test_several_that_look_at_once_see_the_same_secrets(tmp_path: Path) -> None:
    homes = [Home(tmp_path) for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        seen = list(pool.map(lambda home: home.secrets["database"], homes))
    assert len(set(seen)) == 1
    assert [path.name for path in tmp_path.glob("*secrets*")] == ["secrets.json"]


def test_free_ports_are_remembered(tmp_path: Path) -> None:
    ports = choose_ports(Home(tmp_path), free=True)
    assert choose_ports(Home(tmp_path)) == ports


def test_what_runs_is_found_whatever_the_environment_says_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert remembered_ports(Home(tmp_path)) is None
    ports = choose_ports(Home(tmp_path))
    monkeypatch.setenv("CLIPWAVE_PORT", "8123")
    assert remembered_ports(Home(tmp_path)) == ports


def test_the_environment_chooses_a_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPWAVE_PORT", "8123")
    assert choose_ports(Home(tmp_path)).edge == 8123


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("CLIPWAVE_PORT", text)
    with pytest.raises(PortTaken, match=f"CLIPWAVE_PORT={text} is no port"):
        choose_ports(Home(tmp_path))


def test_free_ports_differ_and_are_none_that_outgoing_connections_get() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    assert max(ports) < 32_768


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
