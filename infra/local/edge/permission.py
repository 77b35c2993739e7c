"""Which object a media path names, and until when its viewer may have it.

What is public lies under `/media/v/`; everything else needs `/media/s/{expires}.{mac}/p/…`, whose
signature the API made. CloudFront checks the same in delivery.yaml, by the same key.
"""

import hmac
import re
from dataclasses import dataclass

from chalicelib.platform.signing import sign_path

PUBLIC = "v/"
_SIGNED = re.compile(
    r"s/(?P<expires>[1-9][0-9]{0,11})\.(?P<mac>[0-9a-f]{32})/(?P<key>p/(?P<owner>[^/]+)/.+)"
)


class Forbidden(Exception):
    """The signature is wrong, or its time is over; the message says which."""


@dataclass(frozen=True)
class Permission:
    """An object's key, and for how many seconds it may be kept; None is for ever."""

    key: str
    seconds: int | None


def read_permission(path: str, key: bytes, now: float) -> Permission | None:
    """Return what a path below `/media/` allows; None if it names nothing. Raises Forbidden."""
    if path.startswith(PUBLIC):
        return Permission(path, None)
    signed = _SIGNED.fullmatch(path)
    if signed is None:
        return None
    expires = int(signed["expires"])
    if not hmac.compare_digest(signed["mac"], sign_path(key, expires, signed["owner"])):
        raise Forbidden("The signature doesn't belong to this path.")
    if expires <= now:
        raise Forbidden("The signature's time is over; ask the API for the video again.")
    return Permission(signed["key"], int(expires - now))
