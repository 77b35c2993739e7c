"""Zips must not differ when nothing did: their hash decides whether anything is deployed."""

import os
import zipfile
from pathlib import Path

from infra.archives import digest, tree, unpacked_sizes, write_archive


def test_the_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    one, two = _file(tmp_path / "one.py", "1"), _file(tmp_path / "two.py", "22")
    write_archive(tmp_path / "a.zip", [("two.py", two), ("one.py", one)])
    os.utime(one, (10_000, 10_000))
    write_archive(tmp_path / "b.zip", [("one.py", one), ("two.py", two)])
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert unpacked_sizes(tmp_path / "a.zip") == {"one.py": 1, "two.py": 2}


def test_programs_stay_executable(tmp_path: Path) -> None:
    program = _file(tmp_path / "ffmpeg", "")
    program.chmod(0o700)
    write_archive(tmp_path / "a.zip", [("bin/ffmpeg", program)])
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.getinfo("bin/ffmpeg").external_attr >> 16 & 0o777 == 0o755


def test_caches_are_left_out_wherever_the_tree_is(tmp_path: Path) -> None:
    root = tmp_path / ".local" / "code"
    kept = _file(root / "pkg" / "module.py", "")
    _file(root / "pkg" / "__pycache__" / "module.pyc", "")
    _file(root / ".mypy_cache" / "x.json", "")
    assert tree(root) == [kept]


def test_parts_of_a_digest_can_not_be_shifted() -> None:
    assert digest([b"ab", b"c"]) != digest([b"a", b"bc"])


def _file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
