"""Look into a file of unknown origin without trusting it.

The first bytes say which demuxer may read it; a child process with resource limits does the rest.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from chalicelib.media.models import MediaRejected, Probe

MIN_DURATION_MS = 300
CHILD = Path(__file__).with_name("probe_child.py")
WALL_SECONDS = 15
HEAD_BYTES = 512
TS_PACKET_BYTES = 188
BRAND = slice(8, 12)
STILL_BRANDS = frozenset(
    {b"avif", b"avis", b"crx ", b"heic", b"heim", b"heis", b"heix", b"mif1", b"msf1"}
)
QUICKTIME_ATOMS = frozenset({b"ftyp", b"free", b"mdat", b"moov", b"skip", b"wide"})
MAGIC = {
    b"\x1aE\xdf\xa3": "matroska",
    b"OggS": "ogg",
    b"\x00\x00\x01\xba": "mpeg",
    b"ID3": "mp3",
    b"fLaC": "flac",
}
RIFF_FORMS = {b"AVI ": "avi", b"WAVE": "wav"}
SYNC = 0xFF
MPEG_AUDIO = {0xFA: "mp3", 0xFB: "mp3", 0xF2: "mp3", 0xF3: "mp3", 0xF0: "aac", 0xF1: "aac"}
OUT_OF_TIME = frozenset({signal.SIGKILL, signal.SIGXCPU})


def probe(path: Path) -> Probe:
    """Return what a local file holds.

    Raises MediaRejected when it can't become a video, RuntimeError when the probe itself is broken.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise MediaRejected("corrupt_media", "The file is empty")
    demuxer = _demuxer(head)
    if demuxer is None:
        raise MediaRejected("unsupported_container", f"The file begins with {head[:12]!r}")
    return _parse(_run_child(path, demuxer))


def _demuxer(head: bytes) -> str | None:
    """Return the demuxer for a file by its first bytes; None for what we don't take."""
    if head[4:8] in QUICKTIME_ATOMS:
        return None if head[4:8] == b"ftyp" and head[BRAND] in STILL_BRANDS else "mov"
    if head[:4] == b"RIFF":
        return RIFF_FORMS.get(head[8:12])
    if head[0] == ord("G") and head[TS_PACKET_BYTES : TS_PACKET_BYTES + 1] == b"G":
        return "mpegts"
    if head[0] == SYNC and len(head) > 1:
        return MPEG_AUDIO.get(head[1])
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)


def _run_child(path: Path, demuxer: str) -> str:
    # -P: the script's folder is not for imports; -S -B: no site files, nothing to write.
    command = [sys.executable, "-P", "-S", "-B", str(CHILD), str(path.resolve()), demuxer]
    child = subprocess.Popen(  # noqa: S603 - our own script; the path is one argument
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
        cwd="/",
        start_new_session=True,
        text=True,
        errors="replace",
    )
    try:
        answer, errors = child.communicate(timeout=WALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        detail = f"Reading the file took longer than {WALL_SECONDS} s"
        raise MediaRejected("decode_timeout", detail) from error
    finally:
        _kill(child)
    _check_exit(child.returncode, errors)
    return answer


def _environment() -> dict[str, str]:
    """Return the child's whole environment: where its modules are, and no secrets."""
    paths = [str(Path(entry or ".").resolve()) for entry in sys.path]
    # Lambda's interpreter finds its own shared library only through the loader path.
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        "LD_LIBRARY_PATH": str(Path(sys.base_prefix) / "lib"),
    }


def _kill(child: subprocess.Popen[str]) -> None:
    """End the child's process group, if it has not ended by itself."""
    with child:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)


def _check_exit(code: int, errors: str) -> None:
    if code < 0:
        name = signal.Signals(-code).name
        reason = "decode_timeout" if -code in OUT_OF_TIME else "corrupt_media"
        raise MediaRejected(reason, f"The decoder was ended by {name}")
    if code:
        raise RuntimeError(f"The probe failed with exit code {code}: {errors[-2000:]}")


def _parse(answer: str) -> Probe:
    found: dict[str, Any] = json.loads(answer)
    if "rejected" in found:
        raise MediaRejected(**found["rejected"])
    return Probe.from_json(found)
