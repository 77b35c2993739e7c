"""Sketches of viewers against exact counts: any viewers, in any parts, merged in any order."""

import math
from hashlib import sha256
from random import Random

import pytest

from chalicelib.analytics import sketches

SIZES = (0, 1, 2, 100, 1999, 2000, 2001, 5000, 20_000, 100_000)


def hashes(viewers: range) -> bytes:
    return b"".join(sha256(f"u:{one}".encode()).digest()[:8] for one in viewers)


@pytest.mark.parametrize("size", SIZES)
def test_counts_are_exact_while_few_and_near_when_many(size: int) -> None:
    counted = sketches.count(sketches.of_hashes(hashes(range(size))))
    if size <= sketches.MOST_EXACT:
        assert counted == size
    else:
        assert abs(counted - size) < 4 * sketches.STANDARD_ERROR * size


def test_the_error_is_what_is_stated() -> None:
    """The root mean square of the errors, over 60 sets of 5,000, is about the standard error."""
    errors = [
        sketches.count(sketches.of_hashes(hashes(range(start, start + 5000)))) / 5000 - 1
        for start in range(0, 300_000, 5000)
    ]
    deviation = math.sqrt(sum(error * error for error in errors) / len(errors))
    assert deviation < 1.3 * sketches.STANDARD_ERROR
    assert abs(sum(errors) / len(errors)) < 4 * sketches.STANDARD_ERROR / math.sqrt(len(errors))


@pytest.mark.parametrize("seed", range(12))
def test_parts_merge_to_what_the_whole_is(seed: int) -> None:
    """Also parts that overlap, that are merged twice, and in another order."""
    random = Random(seed)  # noqa: S311 - numbers, not secrets
    size = random.choice((50, 1500, 3000, 12_000))
    whole = sketches.of_hashes(hashes(range(size)))
    parts = []
    for _ in range(random.randint(2, 9)):
        start = random.randrange(size)
        parts.append(sketches.of_hashes(hashes(range(start, random.randint(start, size)))))
    parts += [sketches.of_hashes(hashes(range(size // 2)))]
    parts += [sketches.of_hashes(hashes(range(size // 2, size)))]
    parts += [sketches.EMPTY, random.choice(parts)]
    random.shuffle(parts)
    assert sketches.union(parts) == whole
    middle = len(parts) // 2
    halves = [sketches.union(parts[:middle]), sketches.union(parts[middle:])]
    assert sketches.union(halves) == whole
    assert sketches.union([]) == sketches.EMPTY
