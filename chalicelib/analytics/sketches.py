"""How many different viewers there were, in a few kilobytes that can be merged over any time.

A sketch is one of two things, told apart by their length:

- up to 2,000 viewers, their 64-bit hashes, each once: the count is exact;
- above, HyperLogLog (Flajolet et al., 2007) with 2^14 registers of a byte and the 64-bit hashes of
  Heule et al. (2013): the standard error of the count is 1.04 / √(2^14) = 0.81 %.

Merging is idempotent and in any order, so that a bucket may be counted and merged again at will.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from math import inf, log, sqrt
from struct import pack, unpack

PRECISION = 14
REGISTERS = 1 << PRECISION
STANDARD_ERROR = 1.04 / sqrt(REGISTERS)
MOST_EXACT = 2000
HASH_BYTES = 8
EMPTY = b""
_REST = 64 - PRECISION  # bits of a hash that a register's value is made of
_TOPS = int.from_bytes(b"\x80" * REGISTERS, "little")


def of_hashes(hashes: bytes) -> bytes:
    """Return the sketch of viewers, given by their hashes of 8 bytes, one after the other."""
    return _sketch(set(_split(hashes)))


def union(sketches: Sequence[bytes]) -> bytes:
    """Return the sketch of all viewers that any of some sketches has."""
    lists = [one for one in sketches if not _is_dense(one)]
    dense = [one for one in sketches if _is_dense(one)]
    listed = set(chain.from_iterable(map(_split, lists)))
    if not dense:
        return _sketch(listed)
    return _join([*dense, _registers(listed)] if listed else dense)


def count(sketch: bytes) -> int:
    """Return how many viewers a sketch has.

    With Ertl's estimator, which needs no correction for small or large numbers (New cardinality
    estimation algorithms for HyperLogLog sketches, 2017, algorithm 6).
    """
    if not _is_dense(sketch):
        return len(sketch) // HASH_BYTES
    of_value = [sketch.count(value) for value in range(_REST + 2)]
    total = REGISTERS * _tau(1 - of_value[_REST + 1] / REGISTERS)
    for value in range(_REST, 0, -1):
        total = (total + of_value[value]) / 2
    total += REGISTERS * _sigma(of_value[0] / REGISTERS)
    return round(REGISTERS * REGISTERS / (2 * log(2) * total))


def _is_dense(sketch: bytes) -> bool:
    return len(sketch) == REGISTERS


def _split(hashes: bytes) -> Iterator[int]:
    return iter(unpack(f"<{len(hashes) // HASH_BYTES}Q", hashes))


def _sketch(hashes: set[int]) -> bytes:
    if len(hashes) > MOST_EXACT:
        return _registers(hashes)
    return pack(f"<{len(hashes)}Q", *sorted(hashes))


def _registers(hashes: set[int]) -> bytes:
    registers = bytearray(REGISTERS)
    for one in hashes:
        place = one >> _REST
        value = _REST + 1 - (one & ((1 << _REST) - 1)).bit_length()
        registers[place] = max(registers[place], value)
    return bytes(registers)


def _join(sketches: Sequence[bytes]) -> bytes:
    """Return the maximum of each register.

    All registers are compared at once, as the bytes of one long number: values stay below 128, so
    the top bit of each byte of (one + tops - other) says which of the two is the larger.
    """
    joined = int.from_bytes(sketches[0], "little")
    for sketch in sketches[1:]:
        other = int.from_bytes(sketch, "little")
        tops = ((joined | _TOPS) - other) & _TOPS
        larger = (tops << 1) - (tops >> 7)
        joined = other ^ ((joined ^ other) & larger)
    return joined.to_bytes(REGISTERS, "little")


def _sigma(x: float) -> float:
    if x == 1:
        return inf
    y, total, before = 1.0, x, -1.0
    while total != before:
        x, before = x * x, total
        total += x * y
        y += y
    return total


def _tau(x: float) -> float:
    if x in (0, 1):
        return 0
    y, total, before = 1.0, 1 - x, -1.0
    while total != before:
        x, before, y = sqrt(x), total, y / 2
        total -= (1 - x) ** 2 * y
    return total / 3
