"""The child process of probe.py: reads one file under resource limits and answers in JSON.

Run as a script with the path of the file and the name of the demuxer.
"""

import dataclasses
import json
import resource
import sys
from contextlib import suppress
from pathlib import Path

from chalicelib.media.models import MediaRejected

LIMITS = {
    resource.RLIMIT_CPU: 10,  # seconds
    resource.RLIMIT_AS: 2 << 30,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_NOFILE: 32,
    resource.RLIMIT_CORE: 0,
}


def main(path: Path, demuxer: str) -> None:
    """Print {"rejected": {code, detail}} or the fields of a Probe."""
    confine()
    # Loaded under the limits already: no code for media runs outside of them.
    from chalicelib.media.inspection import inspect  # noqa: PLC0415

    try:
        answer = dataclasses.asdict(inspect(path, demuxer))
    except MediaRejected as rejection:
        answer = {"rejected": {"code": rejection.code, "detail": rejection.detail}}
    except MemoryError:
        answer = {"rejected": {"code": "corrupt_media", "detail": "The file asks for too much"}}
    print(json.dumps(answer))


def confine() -> None:
    """Give up most of this process's means for good."""
    for kind, limit in LIMITS.items():
        allowed = resource.getrlimit(kind)[1]
        bound = limit if allowed == resource.RLIM_INFINITY else min(limit, allowed)
        with suppress(OSError, ValueError):  # some systems don't know every limit
            resource.setrlimit(kind, (bound, bound))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
