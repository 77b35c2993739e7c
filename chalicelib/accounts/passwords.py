"""Passwords: argon2id as OWASP's Password Storage Cheat Sheet gives it (19 MiB, t = 2, p = 1)."""

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chalicelib.platform.errors import FieldError, Problem

MIN_LENGTH = 8
MAX_LENGTH = 256
POINTER = "/password"

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# The passwords of eight and more characters that lead every published list of breaches.
COMMON = frozenset(
    """
    password password1 password12 password123 passw0rd p@ssw0rd 12345678 123456789 1234567890
    87654321 987654321 11111111 00000000 88888888 12341234 123123123 11223344 1q2w3e4r
    1q2w3e4r5t 1qaz2wsx qwertyuiop qwerty123 qwerty12 qwertyui qweasdzxc asdfghjkl zxcvbnm1
    iloveyou iloveyou1 sunshine princess football baseball superman trustno1 welcome1 letmein1
    abcd1234 abc12345 abcdefgh 1234abcd admin123 administrator changeme computer whatever
    starwars michelle jennifer internet samantha corvette mercedes
    """.split()  # noqa: SIM905 - a list to read, not a list of lines
)


def hash_password(password: str, pointer: str = POINTER) -> str:
    """Return the encoded hash. Raises Problem when the password is too short or well known."""
    if len(password) < MIN_LENGTH:
        detail = f"Use at least {MIN_LENGTH} characters."
        raise _refused("password_too_short", detail, pointer)
    if len(password) > MAX_LENGTH:
        raise _refused("validation_failed", f"Use at most {MAX_LENGTH} characters.", pointer)
    if password.lower() in COMMON:
        detail = "This password is on every attacker's list; choose another."
        raise _refused("password_breached", detail, pointer)
    return _HASHER.hash(password)


def is_right(password_hash: str, password: str) -> bool:
    """Check a password; for an empty hash the same work is done, so that time tells nothing."""
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), password[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash != ""


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def rehash(password: str) -> str:
    """Hash a password that was just found right, without judging it anew."""
    return _HASHER.hash(password)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _HASHER.hash("a password that nobody has")


def _refused(code: str, detail: str, pointer: str) -> Problem:
    return Problem(code, detail, errors=[FieldError(pointer, code, detail)])
