"""Identifiers that can't be counted up or guessed."""

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"
PUBLIC_ID_LENGTH = 14


def public_id() -> str:
    """Return a new opaque id of 14 characters (81 random bits), without look-alike letters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PUBLIC_ID_LENGTH))


def session_token() -> str:
    """Return 256 random bits, URL-safe, for a session cookie."""
    return secrets.token_urlsafe(32)
