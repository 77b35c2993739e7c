"""Addresses behind the edge: a path names an object of one bucket, or nothing at all."""

from urllib.parse import quote

UNSAFE_SEGMENTS = frozenset({"", ".", ".."})
FIRST_PRINTABLE = " "


def object_url(endpoint: str, bucket: str, key: str) -> str | None:
    """Return an object's address, or None for a key that could lead out of the bucket."""
    if not is_plain(key):
        return None
    return f"{endpoint}/{bucket}/{quote(key)}"


def is_plain(path: str) -> bool:
    """Whether a decoded path only goes down: no empty or dotted steps, no control characters."""
    steps = path.split("/")
    return UNSAFE_SEGMENTS.isdisjoint(steps) and all(sign >= FIRST_PRINTABLE for sign in path)
