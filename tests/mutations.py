"""Broken files made from whole ones: the same file and seed always give the same bytes."""

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass

Damage = Callable[[bytearray, random.Random], None]

CHUNK_BYTES = 4096
LONGEST_RUN = 20_000
ISO_MAGIC, EBML_MAGIC = b"ftyp", b"\x1aE\xdf\xa3"
BOXES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"stts", b"ctts", b"stsc", b"stsz",
         b"stco", b"stss", b"avcC", b"hvcC", b"esds", b"elst", b"mvhd", b"mdhd", b"tkhd", b"mdat",
         b"ftyp", b"hdlr", b"edts", b"udta", b"colr", b"pasp")  # fmt: skip
# Where a field lies after the four letters of its box, and how many bytes it has, in version 0 of
# the box (ISO/IEC 14496-12).
FIELDS = (
    (b"mvhd", 12, 4),  # time scale
    (b"mvhd", 16, 4),  # duration
    (b"mdhd", 12, 4),
    (b"mdhd", 16, 4),
    (b"tkhd", 20, 4),
    (b"tkhd", 40, 36),  # matrix
    (b"tkhd", 76, 4),  # width, 16.16
    (b"tkhd", 80, 4),
    (b"stts", 4, 4),  # how many entries
    (b"stts", 8, 4),  # samples of the first
    (b"stts", 12, 4),  # how long each lasts
    (b"ctts", 4, 4),
    (b"ctts", 12, 4),
    (b"stsc", 4, 4),
    (b"stsc", 12, 4),
    (b"stsz", 4, 4),  # the size of all
    (b"stsz", 8, 4),  # how many
    (b"stco", 4, 4),
    (b"stco", 8, 4),
    (b"stss", 4, 4),
    (b"elst", 4, 4),
    (b"elst", 12, 4),  # where the media begins
    (b"avc1", 24, 4),  # width and height
    (b"avcC", 4, 4),  # version, profile, level
    (b"mp4a", 16, 4),  # channels, bits
    (b"esds", 8, 8),
)
INTERESTING = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
# IDs of elements whose size follows (RFC 9559): Segment, Info, Tracks, TrackEntry, Video, Cluster,
# SimpleBlock, BlockGroup, Cues, CodecPrivate.
ELEMENTS = (b"\x18\x53\x80\x67", b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b", b"\xae", b"\xe0",
            b"\x1f\x43\xb6\x75", b"\xa3", b"\xa0", b"\x1c\x53\xbb\x6b", b"\x63\xa2")  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A broken file, and what was done to it."""

    data: bytes
    damages: tuple[str, ...]


def mutate(data: bytes, seed: int, other: bytes = b"") -> Mutant:
    """Return a file with one to three damages; `other` is what it may be spliced with."""
    chance = random.Random(seed)  # noqa: S311 - the same each time, that is the point
    broken = bytearray(data)
    kinds = list(_kinds(data))
    names = [chance.choice(kinds) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    for name in names:
        if name == "splice":
            _splice(broken, chance, other or data)
        elif len(broken) > 1:
            DAMAGES[name](broken, chance)
    return Mutant(bytes(broken), tuple(names))


def _kinds(data: bytes) -> tuple[str, ...]:
    """Return what can be done to a file; what its format invites comes up more often."""
    kinds = (*_ANY, "splice")
    if data[4:8] == ISO_MAGIC:
        return (*kinds, *3 * _ISO)
    return (*kinds, *3 * _EBML) if data.startswith(EBML_MAGIC) else kinds


def _truncate(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(1, len(data)) :]


def _flip_bits(data: bytearray, chance: random.Random) -> None:
    for _ in range(2 ** chance.randrange(0, 11)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _zero_run(data: bytearray, chance: random.Random) -> None:
    begin, end = _run(data, chance)
    data[begin:end] = bytes(end - begin)


def _randomise_run(data: bytearray, chance: random.Random) -> None:
    begin, end = _run(data, chance)
    data[begin:end] = chance.randbytes(end - begin)


def _swap_chunks(data: bytearray, chance: random.Random) -> None:
    first, second = _chunk(data, chance), _chunk(data, chance)
    data[first], data[second] = data[second], data[first]


def _duplicate_chunk(data: bytearray, chance: random.Random) -> None:
    at = _chunk(data, chance)
    data[at.stop : at.stop] = data[at]


def _remove_chunk(data: bytearray, chance: random.Random) -> None:
    del data[_chunk(data, chance)]


def _append_garbage(data: bytearray, chance: random.Random) -> None:
    data += chance.randbytes(chance.randrange(1, LONGEST_RUN))


def _splice(data: bytearray, chance: random.Random, other: bytes) -> None:
    """Go on with another file from some place in it."""
    data[chance.randrange(len(data)) :] = other[chance.randrange(len(other)) :]


def _resize_box(data: bytearray, chance: random.Random) -> None:
    at = _find(data, chance.choice(BOXES), chance)
    if at is not None and at >= 4:
        (size,) = struct.unpack_from(">I", data, at - 4)
        wrong = chance.choice((0, 1, 7, 8, size - 1, size + 1, 2 * size, 0x7FFFFFFF, 0xFFFFFFFF))
        struct.pack_into(">I", data, at - 4, wrong & 0xFFFFFFFF)


def _rename_box(data: bytearray, chance: random.Random) -> None:
    at = _find(data, chance.choice(BOXES), chance)
    if at is not None:
        data[at : at + 4] = chance.choice(BOXES)


def _change_field(data: bytearray, chance: random.Random) -> None:
    box, offset, length = chance.choice(FIELDS)
    at = _find(data, box, chance)
    if at is None:
        return
    begin = at + len(box) + offset
    if begin + length > len(data):
        return
    wrong = chance.choice((*INTERESTING, None))
    if length == 4 and wrong is not None:
        struct.pack_into(">I", data, begin, wrong)
    else:
        data[begin : begin + length] = chance.randbytes(length)


def _resize_element(data: bytearray, chance: random.Random) -> None:
    """Change the size of an EBML element: any value, or one byte of it (RFC 8794, section 4)."""
    name = chance.choice(ELEMENTS)
    at = _find(data, name, chance)
    if at is None or at + len(name) + 8 >= len(data):
        return
    begin = at + len(name)
    if chance.random() < 0.5:
        data[begin] = chance.choice((0x00, 0x01, 0x40, 0x80, 0x81, 0xBF, 0xFE, 0xFF))
    else:
        data[begin : begin + 8] = b"\x01" + chance.randbytes(7)


def _change_element(data: bytearray, chance: random.Random) -> None:
    """Change what is right behind an element's head."""
    name = chance.choice(ELEMENTS)
    at = _find(data, name, chance)
    if at is not None:
        begin = min(at + len(name) + chance.randrange(1, 40), len(data) - 1)
        data[begin] = chance.randrange(256)


def _run(data: bytearray, chance: random.Random) -> tuple[int, int]:
    begin = chance.randrange(len(data))
    length = int(LONGEST_RUN ** chance.random())
    return begin, min(len(data), begin + length)


def _chunk(data: bytearray, chance: random.Random) -> slice:
    """Return a chunk of the data, all of which are of the same size."""
    size = min(CHUNK_BYTES, max(1, len(data) // 4))
    begin = chance.randrange(max(1, len(data) // size)) * size
    return slice(begin, begin + size)


def _find(data: bytearray, name: bytes, chance: random.Random) -> int | None:
    """Return where one of the places is that bear a name."""
    found: list[int] = []
    at = data.find(name)
    while at >= 0 and len(found) < 64:
        found.append(at)
        at = data.find(name, at + 1)
    return chance.choice(found) if found else None


DAMAGES: dict[str, Damage] = {
    "truncate": _truncate,
    "flip bits": _flip_bits,
    "zero a run": _zero_run,
    "randomise a run": _randomise_run,
    "swap chunks": _swap_chunks,
    "duplicate a chunk": _duplicate_chunk,
    "remove a chunk": _remove_chunk,
    "append garbage": _append_garbage,
    "resize a box": _resize_box,
    "rename a box": _rename_box,
    "change a field": _change_field,
    "resize an element": _resize_element,
    "change an element": _change_element,
}
_ISO = ("resize a box", "rename a box", "change a field", "change a field")
_EBML = ("resize an element", "change an element")
_ANY = tuple(name for name in DAMAGES if name not in (*_ISO, *_EBML))
