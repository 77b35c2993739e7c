"""Many uploads at once on the running stack: does each end, what is seen meanwhile, at what cost?

`python -m benchmarks.uploads [--count 20]` uses the stack of `make up`; --home names another one.
"""

import argparse
import json
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from uuid import uuid4

import httpx
import imageio_ffmpeg
import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

HOME = Path(__file__).parents[1] / ".local"
ENDED = frozenset({"published", "ready", "rejected", "failed", "expired"})
LIMIT_SECONDS = 900
POLL_SECONDS = 1.0


@dataclass
class Upload:
    """One video on its way; times are seconds since all began."""

    video_id: str
    previewed_at: float | None = None
    ended_at: float | None = None
    status: str = ""
    percents: list[int] = field(default_factory=list)
    waited_visibly: bool = False

    def note(self, report: dict[str, object], now: float) -> None:
        """Take in a timeline."""
        self.percents.append(int(str(report["percent"])))
        self.waited_visibly = self.waited_visibly or bool(report["queue_position"])
        if report["preview"] and self.previewed_at is None:
            self.previewed_at = now
        if report["status"] in ENDED:
            self.status, self.ended_at = str(report["status"]), now


def main() -> None:
    """Upload, watch, and print what happened."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.uploads", description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=8, help="length of each clip")
    parser.add_argument("--home", type=Path, default=HOME, help="the stack's directory")
    options = parser.parse_args()
    stack = json.loads((options.home / "stack.json").read_text())
    with httpx.Client(base_url=f"{stack['base_url']}/api/v1", timeout=60) as client:
        _sign_in(client, stack["accounts"]["creator"])
        clip = _render(options.seconds)
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(lambda _: _send(client, clip), range(options.count)))
        uploads = [Upload(video_id) for video_id in ids]
        peak = _watch(client, uploads, stack["pids"]["localstack"])
    _print(uploads, peak, options.seconds)


def _sign_in(client: httpx.Client, account: dict[str, str]) -> None:
    client.post("/auth/login", json=account).raise_for_status()


def _render(seconds: int) -> bytes:
    """Return a 720p clip that has something to encode."""
    source = f"testsrc2=size=720x1280:rate=30:duration={seconds},noise=alls=12:allf=t"
    tone = f"sine=frequency=330:duration={seconds}"
    codec = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        given = ["-f", "lavfi", "-i", source, "-f", "lavfi", "-i", tone]
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *given, *codec, str(path)]
        subprocess.run(command, check=True, timeout=120)  # noqa: S603 - our own arguments
        return path.read_bytes()


def _send(client: httpx.Client, clip: bytes) -> str:
    """Upload the clip in a file of its own, since the same file twice is refused."""
    padding = uuid4().bytes
    data = clip + (8 + len(padding)).to_bytes(4) + b"free" + padding
    body = {"filename": "clip.mp4", "content_type": "video/mp4", "size_bytes": len(data)}
    made = client.post("/videos", json=body, headers={"X-Idempotency-Key": uuid4().hex})
    made.raise_for_status()
    form = made.json()["upload"]
    files = {"file": ("clip.mp4", data, "video/mp4")}
    httpx.post(form["url"], data=form["fields"], files=files, timeout=120).raise_for_status()
    return str(made.json()["video"]["id"])


def _watch(client: httpx.Client, uploads: list[Upload], localstack: int) -> int:
    """Follow all timelines to their ends; returns the workers' largest memory, in bytes."""
    began, peak = time.monotonic(), 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("published", total=len(uploads))
        while time.monotonic() - began < LIMIT_SECONDS:
            for upload in uploads:
                if upload.ended_at is None:
                    report = client.get(f"/videos/{upload.video_id}/processing").json()
                    upload.note(report, time.monotonic() - began)
            peak = max(peak, _memory(localstack))
            ended = sum(upload.ended_at is not None for upload in uploads)
            progress.update(task, completed=ended)
            if ended == len(uploads):
                break
            time.sleep(POLL_SECONDS)
    return peak


def _memory(localstack: int) -> int:
    """Return what LocalStack's Lambdas and their children hold together, in bytes."""
    total = 0
    for child in psutil.Process(localstack).children(recursive=True):
        try:
            total += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _print(uploads: list[Upload], peak: int, seconds: int) -> None:
    ends = [upload.ended_at for upload in uploads if upload.ended_at is not None]
    previews = [upload.previewed_at for upload in uploads if upload.previewed_at is not None]
    backwards = sum(any(a > b for a, b in pairwise(upload.percents)) for upload in uploads)
    table = Table(title=f"{len(uploads)} uploads of {seconds} s, 720p, at once")
    table.add_column("what")
    table.add_column("figure", justify="right")
    rows = {
        "published": sum(upload.status == "published" for upload in uploads),
        "never ended": len(uploads) - len(ends),
        "first, last published": f"{min(ends):.0f} s, {max(ends):.0f} s" if ends else "-",
        "previews seen before the end": len(previews),
        "median time to preview": f"{median(previews):.1f} s" if previews else "-",
        "said how many come first": sum(upload.waited_visibly for upload in uploads),
        "percent went back": backwards,
        "largest memory of all workers": f"{peak / 2**20:.0f} MiB",
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    Console().print(table)


if __name__ == "__main__":
    main()
