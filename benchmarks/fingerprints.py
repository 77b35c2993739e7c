"""How well copies of videos and sounds are recognised, and how fast among very many.

The real clips in a folder and the sample clips are a library; each is edited in the ways people
edit clips, and looked for. Beside our fingerprints of pictures runs a plain pHash of whole frames
under the same rule. It takes about ten minutes on two cores.
"""

import argparse
from pathlib import Path

from rich.console import Console

from benchmarks.database import temporary_database
from benchmarks.lookups import measure_lookups
from benchmarks.picture_recognition import measure_pictures
from benchmarks.sound_recognition import measure_sounds

MEDIA = Path(__file__).parents[2] / "shared" / "media" / "given"


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fingerprints", description=__doc__)
    parser.add_argument("--media", type=Path, default=MEDIA, help="a folder of real clips")
    media: Path | None = parser.parse_args().media
    console = Console()
    if media is not None and not media.is_dir():
        console.print(f"No real clips, since there is no {media}.")
        media = None
    clips = measure_pictures(media, console)
    with temporary_database() as database:
        sounds = measure_sounds(media, database, console)
    with temporary_database() as database:
        measure_lookups(database, clips, sounds, console)


if __name__ == "__main__":
    main()
