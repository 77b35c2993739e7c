"""Clips made with ffmpeg on the spot, and real ones where somebody has them."""

import os
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

BESIDE_THE_REPOSITORY = Path(__file__).parents[2] / "shared" / "media" / "given"
REAL_CLIPS = Path(os.environ.get("CLIPWAVE_MEDIA", BESIDE_THE_REPOSITORY))


def real_clip(name: str) -> Path:
    """Return a real clip from a folder beside the project; skips the test where there is none."""
    path = REAL_CLIPS / name
    if not path.exists():
        pytest.skip(f"{name} is not in {REAL_CLIPS}: set CLIPWAVE_MEDIA to the folder that has it")
    return path


def make_clip(path: Path, *, seconds: float = 2, size: str = "360x640", sound: bool = True) -> Path:
    """Write a moving test picture, with a tone if wanted."""
    video = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=30:duration={seconds}"]
    tone = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"] if sound else []
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *video, *tone, *codec, path]
    subprocess.run([str(part) for part in command], check=True, timeout=60)
    return path


def another_file(clip: bytes) -> bytes:
    """Return the same clip in a file of its own: with an empty box of random bytes at its end."""
    padding = os.urandom(16)
    return clip + (8 + len(padding)).to_bytes(4) + b"free" + padding
