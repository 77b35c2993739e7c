"""Identifiers that can't be counted up or guessed."""

import hashlib
import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"
PUBLIC_ID_LENGTH = 14


def public_id() -> str:
    """Return a new opaque id of 14 characters (81 random bits), without look-alike letters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PUBLIC_ID_LENGTH))


def derived_id(*parts: str) -> str:
    """Return the id that belongs to these parts, always the same one."""
    number = int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest())
    letters = []
    for _ in range(PUBLIC_ID_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def session_token() -> str:
    """Return 256 random bits, URL-safe, for a session cookie."""
    return secrets.token_urlsafe(32)
