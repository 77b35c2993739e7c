"""A few cells of the matrix of operations and faults; `make faults` runs all of it."""

from collections.abc import Iterator

import pytest

from tests.faults.arena import Stage, stage
from tests.faults.matrix import BROKEN, OPERATIONS, run_cell


@pytest.fixture(scope="module")
def servers() -> Iterator[Stage]:
    with stage() as made:
        yield made


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("upload", "worker killed"),
        ("transcode", "S3 refused"),
        ("likes", "Redis killed"),
        ("views", "PostgreSQL killed"),
        ("feed", "connections exhausted"),
    ],
)
def test_nothing_is_lost_done_twice_or_stuck(servers: Stage, operation: str, fault: str) -> None:
    assert run_cell(servers, OPERATIONS[operation], fault, seed=1) == []


def test_what_is_broken_is_found(servers: Stage) -> None:
    """Likes that are read, added to and written back."""
    (broken,) = BROKEN.values()
    assert run_cell(servers, broken, "worker killed", seed=1) != []
