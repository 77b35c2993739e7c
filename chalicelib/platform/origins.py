"""The list of other sites whose pages may read answers."""

import re
from typing import Any

from chalicelib.platform.configuration import Setting, ValueRefused

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


def _check(origins: Any) -> None:
    for origin in origins:
        if not isinstance(origin, str) or not _ORIGIN.fullmatch(origin):
            raise ValueRefused("each must be an origin such as https://example.org")


ALLOWED_ORIGINS = Setting(
    "security.allowed_origins", "array", [], "other sites that may read answers", check=_check
)
