"""When environments are made anew, and what is said when they can't be."""

from pathlib import Path

import pytest

from infra.local import bootstrap
from infra.local.bootstrap import CannotPrepare, Environment


def _environment(tmp_path: Path) -> Environment:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("one==1\n")
    (tmp_path / "venv").mkdir(exist_ok=True)
    return Environment(tmp_path / "venv", (requirements,), (("-r", str(requirements)),))


def test_a_half_made_environment_is_not_ready(tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    assert not environment.is_ready
    environment.stamp.write_text(environment.fingerprint)
    assert environment.is_ready


def test_a_changed_requirement_makes_it_outdated(tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    environment.stamp.write_text(environment.fingerprint)
    environment.inputs[0].write_text("one==2\n")
    assert not environment.is_ready


def test_two_never_make_environments_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    told: list[str] = []
    with bootstrap._alone(told.append):
        monkeypatch.setattr(bootstrap, "LOCK_LIMIT_SECONDS", 0)
        with pytest.raises(CannotPrepare, match="another program"), bootstrap._alone(told.append):
            pass
    with bootstrap._alone(told.append):
        assert told == []


def test_a_failing_install_shows_pips_own_reason_and_the_log(tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    script = "print('ERROR: No matching distribution found for one==1'); raise SystemExit(1)"
    with pytest.raises(CannotPrepare) as failed:
        bootstrap._run([bootstrap.sys.executable, "-c", script], log)
    assert "No matching distribution found for one==1" in str(failed.value)
    assert str(log) in str(failed.value)


def test_without_rights_the_command_to_run_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    with pytest.raises(CannotPrepare, match="sudo apt-get install -y python3-venv"):
        bootstrap._apt_install("python3-venv", "Python's venv module is missing")


def test_both_environments_are_described_from_files_that_exist() -> None:
    for environment in bootstrap.environments():
        assert environment.inputs
        assert all(path.exists() for path in environment.inputs)
