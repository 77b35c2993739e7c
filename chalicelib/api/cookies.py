"""The session cookie: its name, and what browsers are told about it."""

from chalicelib.accounts.sessions import LIFETIME
from chalicelib.platform.settings import Settings


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name: with the __Host- prefix wherever it can be Secure."""
    return "__Host-session" if settings.secure_cookies else "session"


def session_cookie(settings: Settings, token: str) -> str:
    """Return the Set-Cookie value that keeps a token for its rolling lifetime."""
    return _cookie(settings, token, int(LIFETIME.total_seconds()))


def expired_cookie(settings: Settings) -> str:
    """Return the Set-Cookie value that makes a browser forget its session."""
    return _cookie(settings, "", 0)


def _cookie(settings: Settings, value: str, max_age: int) -> str:
    secure = "; Secure" if settings.secure_cookies else ""
    attributes = f"Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}"
    return f"{cookie_name(settings)}={value}; {attributes}"
