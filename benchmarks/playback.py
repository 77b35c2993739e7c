"""How soon videos play in a real browser: `python -m benchmarks.playback`, with the stack up.

A headless Chromium swipes through the feed as people do, by the keyboard, each visit with an empty
cache: on the local line, then throttled to 10 Mbit/s and 40 ms through Chromium's own protocol. A
swipe is measured from the key press to the video's `playing`, and to its first frame on screen.
"""

import argparse
import json
import shutil
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

STACK = Path(__file__).parents[1] / ".local" / "stack.json"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--enable-precise-memory-info")
NAMES = ("chromium", "chromium-browser", "google-chrome")
PHONE = {"width": 390, "height": 844}
WATCHED_MS = 1_500  # how long each video is looked at before the next swipe
MOST_PER_VISIT = 15
LIMIT_MS = 20_000

# Runs in the page: notes when another video is current and plays, when it moves, when it stalls.
PROBE = """() => {
  const times = { stalls: 0 };
  let video = null;
  const place = () => document.querySelector('article[aria-current=true]')?.dataset.at;
  const current = (before) => {
    const at = place();
    if (at === before) return undefined;
    return [...document.querySelectorAll('video')].find(
      (each) => !each.hidden && each.style.getPropertyValue('--at') === at);
  };
  document.addEventListener('waiting', (event) => {
    if (event.target === video && !video.seeking) times.stalls += 1;
  }, true);
  const follow = (start, before, done) => {
    video = null;
    const look = () => {
      const now = current(before);
      if (!now || now.paused || now.readyState < 3) return void setTimeout(look, 1);
      if (!times.playing) { times.playing = performance.now() - start; video = now; }
      if (now.currentTime > 0) return done({ ...times, frame: performance.now() - start });
      setTimeout(look, 1);
    };
    look();
  };
  window.swipe = () => new Promise((done) => {
    Object.assign(times, { playing: 0 });
    const before = place();
    const start = performance.now();
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }));
    follow(start, before, done);
  });
  window.firstFrame = () => new Promise((done) => follow(0, undefined, done));
  window.stalls = () => times.stalls;
}"""


@dataclass(frozen=True)
class Line:
    """A way to reach the server."""

    name: str
    bits_per_second: int | None = None
    latency_ms: int = 0


@dataclass
class Seen:
    """What was measured over some visits, in milliseconds."""

    cold: list[float] = field(default_factory=list)
    playing: list[float] = field(default_factory=list)
    frame: list[float] = field(default_factory=list)
    stalls: int = 0


LINES = (Line("local"), Line("10 Mbit/s, 40 ms", 10_000_000, 40))


def measure(browser: Browser, url: str, line: Line, swipes: int) -> Seen:
    """Visit the feed until there were enough swipes."""
    seen = Seen()
    while len(seen.playing) < swipes:
        with _visit(browser, url, line) as page:
            seen.cold.append(page.evaluate("firstFrame()")["frame"])
            page.wait_for_timeout(WATCHED_MS)
            for _ in range(min(MOST_PER_VISIT, swipes - len(seen.playing))):
                answer = page.evaluate("swipe()")
                seen.playing.append(answer["playing"])
                seen.frame.append(answer["frame"])
                page.wait_for_timeout(WATCHED_MS)
            seen.stalls += page.evaluate("stalls()")
    return seen


def measure_heap(browser: Browser, url: str, swipes: int) -> tuple[float, float, int]:
    """Return the heap in MB after the first tenth of many swipes, and after all; and the elements.

    Forth and back, so that the feed never ends; each time after the garbage was collected.
    """
    with _visit(browser, url, LINES[0]) as page:
        page.evaluate("firstFrame()")
        devtools = page.context.new_cdp_session(page)
        heaps = []
        for swipe in range(swipes + 1):
            if swipe in (swipes // 10, swipes):
                page.wait_for_timeout(1_000)
                devtools.send("HeapProfiler.collectGarbage")
                used = devtools.send("Runtime.getHeapUsage")["usedSize"]
                heaps.append(used / 1e6)
            page.keyboard.press("j" if swipe // 15 % 2 == 0 else "k")
            page.wait_for_timeout(150)
        return heaps[0], heaps[1], page.locator("video").count()


@contextmanager
def _visit(browser: Browser, url: str, line: Line) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE)
    context.set_default_timeout(LIMIT_MS)
    page = context.new_page()
    page.add_init_script(f"({PROBE})()")
    if line.bits_per_second is not None:
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        per_second = line.bits_per_second / 8
        conditions = {"offline": False, "latency": line.latency_ms}
        throughput = {"downloadThroughput": per_second, "uploadThroughput": per_second}
        devtools.send("Network.emulateNetworkConditions", {**conditions, **throughput})
    page.goto(url)
    yield page
    context.close()


def _row(line: Line, seen: Seen) -> list[str]:
    return [
        line.name,
        f"{statistics.median(seen.cold):.0f}",
        f"{statistics.median(seen.playing):.0f}",
        f"{_p95(seen.playing):.0f}",
        f"{_p95(seen.frame):.0f}",
        f"{max(seen.frame):.0f}",
        str(seen.stalls),
    ]


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Measure how soon videos play in Chromium.")
    parser.add_argument("--swipes", type=int, default=50)
    parser.add_argument("--heap-swipes", type=int, default=200)
    options = parser.parse_args()
    if not STACK.exists():
        sys.exit("Nothing runs; `make up` starts it.")
    url = json.loads(STACK.read_text())["base_url"]
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        sys.exit("Chromium is missing; `python3 -m infra.local.bootstrap --browser` installs it.")
    console = Console()
    table = Table(title=f"Playback over {options.swipes} swipes, milliseconds")
    columns = ("line", "cold page to first frame, p50", "swipe to playing, p50", "p95")
    for name in (*columns, "swipe to a moving picture, p95", "slowest", "stalls"):
        table.add_column(name, justify="left" if name == "line" else "right")
    with sync_playwright() as playwright, console.status("swiping …"):
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        for line in LINES:
            table.add_row(*_row(line, measure(browser, url, line, options.swipes)))
        before, after, elements = measure_heap(browser, url, options.heap_swipes)
        browser.close()
    console.print(table)
    swipes = options.heap_swipes
    console.print(
        f"heap after {swipes // 10} swipes {before:.1f} MB, after {swipes} {after:.1f} MB; "
        f"{elements} video elements"
    )


if __name__ == "__main__":
    main()
