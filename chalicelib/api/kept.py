"""Answers that are kept for half a minute, unless something they show is changed meanwhile.

Whoever changes something through the API first marks who asks and what the path names. An answer
about anything marked isn't given, and a mark outlives every answer that was made before it, also
one that is being made from what was so before the change was committed. If Redis can't be reached
to be marked, an old answer may be given for the rest of its half minute.
"""

import json
from collections.abc import Iterable

from chalicelib.api.requests import Request
from chalicelib.platform.cache import Cache

# The answer and the marks of all it is about, in one round trip.
_FIND = """
local kept = redis.call('GET', KEYS[1])
if not kept then return false end
local ends = string.find(kept, '\\n', 1, true)
for _, name in ipairs(cjson.decode(string.sub(kept, 1, ends - 1))) do
    if redis.call('EXISTS', ARGV[1] .. name) == 1 then return false end
end
return string.sub(kept, ends + 1)
"""
KEPT_SECONDS = 30
MARKED_SECONDS = 60


def mark(request: Request) -> None:
    """Announce that a request may change what answers show."""
    names = set(request.params.values())
    if request.session:
        names.add(request.session.user_id)
    request.context.cache.put_many({_mark(name): b"1" for name in names}, seconds=MARKED_SECONDS)


def find(cache: Cache, key: str) -> str | None:
    """Return a kept answer's JSON text."""
    text = cache.run(_FIND, [_key(key)], [_mark("")])
    return text.decode() if text else None


def keep(cache: Cache, key: str, text: str, about: Iterable[str]) -> None:
    """Keep an answer's JSON text; `about` names the people and videos it shows, as paths do."""
    head = json.dumps(sorted(set(about)))
    cache.put(_key(key), f"{head}\n{text}".encode(), seconds=KEPT_SECONDS)


def _key(key: str) -> str:
    return f"answer:{key}"


def _mark(name: str) -> str:
    return f"changed:{name}"
