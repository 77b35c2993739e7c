"""The child process of probe.py: reads one file under resource limits and answers in JSON.

Run as a script with the path of the file and the name of the demuxer.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

from chalicelib.media.confinement import confine
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
    confine(LIMITS)
    print(json.dumps(answer(path, demuxer)))


def answer(path: Path, demuxer: str) -> dict[str, Any]:
    """Return what there is to say about a file; whatever it breaks counts against the file."""
    # Loaded under the limits already: no code for media runs outside of them.
    from chalicelib.media.inspection import inspect  # noqa: PLC0415

    try:
        return inspect(path, demuxer).to_json()
    except MediaRejected as rejection:
        return _rejected(rejection.code, rejection.detail)
    except MemoryError:
        return _rejected("corrupt_media", "The file asks for too much")
    except Exception as error:
        return _rejected("corrupt_media", f"Reading the file broke the reader: {error!r}")


def _rejected(code: str, detail: str) -> dict[str, Any]:
    return {"rejected": {"code": code, "detail": detail}}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
