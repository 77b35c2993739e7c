"""Limits that a child takes on before it reads a file of unknown origin.

As a script it takes on those of a transcoder and becomes another program, whose argv follows: a
process with threads must not run Python between fork and exec, as a `preexec_fn` would.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

TRANSCODER = {
    resource.RLIMIT_AS: 8 << 30,  # bytes; about one is used
    resource.RLIMIT_FSIZE: 2 << 30,
    resource.RLIMIT_NOFILE: 256,
    resource.RLIMIT_CORE: 0,
}
NICENESS = 5
CANNOT_START = 126
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def confine(limits: Mapping[int, int]) -> None:
    """Give up most of this process's means for good."""
    for kind, limit in limits.items():
        allowed = resource.getrlimit(kind)[1]
        bound = limit if allowed == resource.RLIM_INFINITY else min(limit, allowed)
        with suppress(OSError, ValueError):  # some systems don't know every limit
            resource.setrlimit(kind, (bound, bound))


def main(command: Sequence[str]) -> None:
    """Become another program; it keeps this process's number, group and environment."""
    confine(TRANSCODER)
    _end_with_parent()
    os.nice(NICENESS)
    try:
        os.execv(command[0], list(command))  # noqa: S606 - an argv list, and no shell
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(CANNOT_START)


def _end_with_parent() -> None:
    """Be killed when the worker is: nobody would take what this process makes. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
