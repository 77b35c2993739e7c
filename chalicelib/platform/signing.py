"""Short signed tokens that clients carry and can't forge: cursors and impressions."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

MEDIA_PURPOSE = "media"  # of the key with which the edge and CloudFront check signed paths
EDGE_PURPOSE = "edge"  # of what CloudFront and the edge prove themselves with to the API
MAC_BYTES = 16  # 128 bits, half of SHA-256, as RFC 2104 section 5 allows


class SignatureInvalid(Exception):
    """The token is not one of ours, or was made for another purpose."""


def sign_path(key: bytes, expires: int, owner: str) -> str:
    """Return the signature over the files of one video, or sound, until a Unix time in seconds.

    It holds for every path below `p/{owner}/`, so that the relative URIs in playlists keep it.
    """
    text = f"{expires}/p/{owner}/".encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[: 2 * MAC_BYTES]


class Signer:
    """Signs JSON values with HMAC-SHA256, each purpose under a key of its own."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def sign(self, purpose: str, value: Any) -> str:
        """Return the value as a URL-safe token."""
        body = json.dumps(value, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(purpose, body) + body).rstrip(b"=").decode()

    def read(self, purpose: str, token: str) -> Any:
        """Return the value of a token. Raises SignatureInvalid."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError as error:
            raise SignatureInvalid from error
        mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(purpose, body)):
            raise SignatureInvalid
        return json.loads(body)

    def key_for(self, purpose: str) -> bytes:
        """Return a key that others can check signatures of one purpose with, and no more."""
        return hmac.digest(self._key(), b"key for " + purpose.encode(), hashlib.sha256)

    def _mac(self, purpose: str, body: bytes) -> bytes:
        return hmac.digest(self._key(), purpose.encode() + b"\0" + body, hashlib.sha256)[:MAC_BYTES]
