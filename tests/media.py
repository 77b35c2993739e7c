"""Clips made with ffmpeg on the spot, so that no test needs a file from elsewhere."""

import subprocess
from pathlib import Path

import imageio_ffmpeg


def make_clip(path: Path, *, seconds: float = 2, size: str = "360x640", sound: bool = True) -> Path:
    """Write a moving test picture, with a tone if wanted."""
    video = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=30:duration={seconds}"]
    tone = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"] if sound else []
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *video, *tone, *codec, path]
    subprocess.run([str(part) for part in command], check=True, timeout=60)
    return path
