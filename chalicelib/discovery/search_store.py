"""SQL of searching."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from chalicelib.discovery.models import Kind
from chalicelib.platform.database import Connection

Row = dict[str, Any]
CANDIDATES = 200  # looked at more closely, of each kind
NEWEST = 2000  # that have the rarest of the words: the newest, if there are more
LIKELY_WORDS = 1000  # that may be meant by one that was typed


@dataclass(frozen=True)
class _Source:
    """What is searched: its rows, who may be shown them, and which come first."""

    columns: str
    key: str
    where: str
    popularity: str
    text: str


@dataclass(frozen=True)
class Part:
    """A part of a query, folded: a word, several without spaces between (a run), or a symbol."""

    text: str
    pieces: list[str]
    is_run: bool
    is_symbol: bool


@dataclass(frozen=True)
class Wanted:
    """Words of which at least so many must be there, each itself or one meant by it.

    Where more than one is needed, each stands for itself alone.
    """

    words: Sequence[Sequence[str]]
    needed: int


# Of people `u`: never those who are too young for the public eye.
_PERSON_SHOWN = """
    NOT u.hidden AND u.birth_date <= %(shielded_after)s
    AND NOT EXISTS (SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
        IN ((%(viewer)s, u.id), (u.id, %(viewer)s)))
    AND NOT EXISTS (SELECT FROM reports r WHERE r.reporter_id = %(viewer)s
        AND r.target_type = 'user' AND r.target_id = u.id)
"""
# Of a text: never what has words that the viewer doesn't want to see.
_WANTED = """
    NOT EXISTS (SELECT FROM users w, unnest(w.hidden_keywords) k WHERE w.id = %(viewer)s
        AND search_words(k) <> '{}' AND search_words(k) <@ search_words(TEXT))
"""
_SOURCES = {
    Kind.VIDEOS: _Source(
        "v.id AS row_id FROM videos v JOIN users u ON u.id = v.creator_id"
        " JOIN video_stats s ON s.video_id = v.id",
        "v.id",
        f"v.status = 'published' AND v.visibility = 'public' AND NOT v.held AND {_PERSON_SHOWN}"
        f" AND {_WANTED.replace('TEXT', 'v.description')}",
        "s.views + 5 * s.likes",
        "v.description",
    ),
    Kind.USERS: _Source(
        "u.public_id AS id, u.username, u.display_name FROM users u"
        " JOIN user_stats s ON s.user_id = u.id",
        "u.id",
        _PERSON_SHOWN,
        "s.followers",
        "u.username || ' ' || u.display_name",
    ),
    Kind.HASHTAGS: _Source(
        "h.tag, used.video_count, used.view_count FROM hashtags h CROSS JOIN LATERAL ("
        " SELECT count(*) AS video_count, coalesce(sum(s.views), 0)::bigint AS view_count"
        " FROM video_tags t JOIN video_stats s ON s.video_id = t.video_id WHERE t.tag_id = h.id"
        ") used",
        "h.id",
        f"used.video_count > 0 AND {_WANTED.replace('TEXT', 'h.tag')}",
        "used.video_count",
        "h.tag",
    ),
    Kind.SOUNDS: _Source(
        "o.public_id AS id, o.title, o.duration_ms, o.video_count, o.audio_key,"
        " u.public_id AS user_id, u.username, u.display_name"
        " FROM sounds o JOIN users u ON u.id = o.creator_id",
        "o.id",
        f"o.public AND {_PERSON_SHOWN} AND {_WANTED.replace('TEXT', 'o.title')}",
        "o.video_count",
        "o.title",
    ),
}

_DRIVEN = """
    SELECT DISTINCT e.key FROM unnest(%(driver)s::text[]) AS meant (word) CROSS JOIN LATERAL (
        SELECT key FROM search_entries WHERE kind = %(kind)s AND word = meant.word
        ORDER BY key DESC LIMIT %(newest)s
    ) e
"""
_HAS_ONE = """
    AND EXISTS (SELECT FROM search_entries o
        WHERE o.kind = %(kind)s AND o.key = e.key AND o.word = ANY (%(words_{0})s))
"""
_HAS_ENOUGH = """
    AND (SELECT count(*) FROM search_entries o WHERE o.kind = %(kind)s AND o.key = e.key
        AND o.word = ANY (%(words_{0})s)) >= %(needed_{0})s
"""


def split(transaction: Connection, asked: str) -> list[Part]:
    """Return the parts of what somebody asks for, in order."""
    rows = transaction.execute(
        "SELECT part AS text, ARRAY(SELECT search_pieces(part)) AS pieces,"
        " search_is_run(part) AS is_run,"
        r" part ~ '^[\u2190-\u2bff\U0001f000-\U0001faff]$' AS is_symbol"
        " FROM search_parts(%s) WITH ORDINALITY AS parts (part, place) ORDER BY place",
        (asked,),
    ).fetchall()
    return [Part(**row) for row in rows if row["pieces"]]


def find_beginning(transaction: Connection, beginning: str, limit: int) -> list[str]:
    """Return words that begin so, the shortest first."""
    rows = transaction.execute(
        "SELECT word FROM search_vocabulary WHERE word ^@ %s ORDER BY length(word), word LIMIT %s",
        (beginning, limit),
    ).fetchall()
    return [row["word"] for row in rows]


def find_alike(transaction: Connection, word: str, errors: int) -> list[str]:
    """Return words that may differ from one by so few errors, 2 at most; it is seen elsewhere."""
    rows = transaction.execute(
        "SELECT word FROM search_vocabulary WHERE deletes && search_deletes(%(word)s)"
        " AND length(word) BETWEEN length(%(word)s) - %(errors)s AND length(%(word)s) + %(errors)s"
        " LIMIT %(limit)s",
        {"word": word, "errors": errors, "limit": LIKELY_WORDS},
    ).fetchall()
    return [row["word"] for row in rows]


def find(
    transaction: Connection, kind: Kind, wanted: Sequence[Wanted], given: Mapping[str, Any]
) -> list[Row]:
    """Return rows that have all that is wanted; those with most of it first, then the best known.

    `given` is the viewer's row id as `viewer` and the last birth date that isn't too young as
    `shielded_after`. Each row has its `words` and `popularity`, and as `said` its text, folded,
    where something has to be looked for in it.
    """
    needed = [one for one in wanted if one.needed]
    driver = min((_least(transaction, kind, one) for one in needed), key=lambda one: one[0])[1]
    newest = max(CANDIDATES, NEWEST // len(driver))
    values: dict[str, Any] = {**given, "kind": kind, "driver": driver, "newest": newest}
    values |= {f"words_{i}": _flat(one) for i, one in enumerate(needed)}
    values |= {f"needed_{i}": one.needed for i, one in enumerate(needed)}
    having = "".join(
        _HAS_ONE.format(i) if one.needed == 1 else _HAS_ENOUGH.format(i)
        for i, one in enumerate(needed)
        if one.needed > 1 or _flat(one) != driver
    )
    found = f"{_DRIVEN} WHERE true{having}"
    loose = sorted({word for one in wanted if len(one.words) > 1 for word in _flat(one)})
    return _read(transaction, kind, found, {**values, "loose": loose}, loose=bool(loose))


def find_videos(
    transaction: Connection, row_ids: Sequence[int], given: Mapping[str, Any]
) -> list[int]:
    """Return those of some videos, by row id, that the viewer may find; in their order."""
    values = {**given, "ids": list(row_ids), "kind": Kind.VIDEOS, "loose": []}
    found = "SELECT unnest(%(ids)s::bigint[]) AS key"
    shown = {row["row_id"] for row in _read(transaction, Kind.VIDEOS, found, values, loose=False)}
    return [row_id for row_id in row_ids if row_id in shown]


def _read(
    transaction: Connection, kind: Kind, found: str, values: Mapping[str, Any], *, loose: bool
) -> list[Row]:
    """Return the rows with the keys that a statement finds, as far as they may be shown."""
    source = _SOURCES[kind]
    entries = f"FROM search_entries w WHERE w.kind = %(kind)s AND w.key = {source.key}"
    matched = f"(SELECT count(*) {entries} AND w.word = ANY (%(loose)s))" if loose else "0"
    said = f"search_fold({source.text})" if loose else "NULL"
    statement = (
        f"WITH found AS ({found})"
        f" SELECT (SELECT array_agg(w.word) {entries}) AS words, {matched} AS matched,"
        f" {said} AS said, {source.popularity} AS popularity, {source.columns}"
        f" JOIN found ON found.key = {source.key} WHERE {source.where}"
        f" ORDER BY matched DESC, popularity DESC LIMIT {CANDIDATES}"
    )
    return transaction.execute(sql.SQL(statement), values).fetchall()


def _flat(wanted: Wanted) -> list[str]:
    return [word for words in wanted.words for word in words]


def _least(transaction: Connection, kind: Kind, wanted: Wanted) -> tuple[int, list[str]]:
    """Return words of which each row has at least one, as few rows as possible, and how many.

    Of n words of which m are needed, any n - m + 1 will do: the rarest.
    """
    counts = sorted(
        (_count(transaction, kind, words), place) for place, words in enumerate(wanted.words)
    )
    enough = counts[: len(wanted.words) - wanted.needed + 1]
    words = [
        word for _, place in sorted(enough, key=lambda one: one[1]) for word in wanted.words[place]
    ]
    return sum(n for n, _ in enough), words


def _count(transaction: Connection, kind: Kind, words: Sequence[str]) -> int:
    """Return how many rows have any of some words, as far as it matters."""
    row = transaction.execute(
        "SELECT count(*) AS n FROM (SELECT FROM search_entries"
        " WHERE kind = %s AND word = ANY (%s) LIMIT %s) few",
        (kind, list(words), NEWEST),
    ).fetchone()
    return row["n"] if row else 0
