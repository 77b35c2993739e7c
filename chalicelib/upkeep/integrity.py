"""Looks daily for what there shouldn't be, and sets it right or puts it where it does no harm.

There should be nothing: every write is made so that it can't come to that. This is how one would
know.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from chalicelib.feed import placing
from chalicelib.moderation import audit_checks
from chalicelib.platform import outbox
from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger
from chalicelib.upkeep import integrity_store as store
from chalicelib.upkeep import recounting, retention
from chalicelib.upkeep.models import Tell
from chalicelib.videos.archiving import AREAS

GRACE = timedelta(days=2)  # a retention that failed once is no problem yet
UNSENT = timedelta(minutes=15)
UNPLACED = timedelta(hours=1)  # new ones are placed every minute, all by training every hour
AT_ONCE = 500
EXPIRY_SECONDS = 86_400
Found = tuple[int, list[str]]


def check(context: Context, *, repair: bool, tell: Tell) -> dict[str, Any]:
    """Look for every problem, and with `repair` end it. Returns count and samples by problem."""
    checks = _all()
    found: dict[str, Found] = {}
    for number, (name, look) in enumerate(checks.items()):
        found[name] = look(context, repair)
        tell(100 * number // len(checks))
    problems = {
        name: {"count": number, "samples": ids[: store.SAMPLES]}
        for name, (number, ids) in found.items()
    }
    wrong = {name: number for name, (number, _) in found.items() if number}
    if wrong:
        count("IntegrityProblems", sum(wrong.values()))
        logger.error("integrity_problems", extra={"problems": wrong})
    return {"problems": problems, "total": sum(wrong.values()), "repaired": repair}


def _all() -> Mapping[str, Callable[[Context, bool], Found]]:
    """Return every check; counts are looked at last, since what is set right may change them."""
    return {
        **{one.name: _in_sql(one) for one in store.PROBLEMS},
        "published_without_embedding": _unplaced,
        "published_without_objects": _unplayable,
        "objects_without_rows": _orphans,
        "archived_without_need": _copies,
        "unsent_outbox": _unsent,
        "redis_keys_without_ttl": _immortal,
        "overdue_retention": _overdue,
        "broken_audit_chain": _audit,
        "counter_drift": _drifted,
    }


def _in_sql(problem: store.Problem) -> Callable[[Context, bool], Found]:
    def look(context: Context, repair: bool) -> Found:
        with context.database.transaction() as transaction:
            found = store.find(transaction, problem, context.clock.now())
            if repair and found[0]:
                store.repair(transaction, problem, context.clock.now())
        return found

    return look


def _unplaced(context: Context, repair: bool) -> Found:
    with context.database.transaction() as transaction:
        found = store.find_unplaced(transaction, context.clock.now() - UNPLACED)
    if found and repair:
        placing.place(context, context.clock.now())
    return len(found), found


def _unplayable(context: Context, repair: bool) -> Found:
    """Look whether the playlists of published videos are there; who lacks one is held."""
    missing: list[str] = []
    after = 0
    while True:
        with context.database.transaction() as transaction:
            some = store.read_playlists(transaction, after, AT_ONCE)
        bucket = context.settings.media_bucket
        missing += [name for _, name, key in some if context.storage.size(bucket, key) is None]
        if len(some) < AT_ONCE:
            break
        after = some[-1][0]
    if missing and repair:
        with context.database.transaction() as transaction:
            store.hold(transaction, missing)
    return len(missing), missing


def _orphans(context: Context, repair: bool) -> Found:
    """Look for files of nobody's; the buckets keep removed ones for another month."""
    settings = context.settings
    found: list[str] = []
    for bucket, prefix in (
        (settings.uploads_bucket, "raw/"),
        *((settings.media_bucket, f"{area}/") for area in AREAS),
    ):
        found += _sift(context, bucket, prefix, store.known, repair)
    return len(found), found


def _copies(context: Context, repair: bool) -> Found:
    """Look for what the archive has of videos that are back, or were never there."""
    bucket = context.settings.archive_bucket
    found = _sift(context, bucket, "videos/", store.kept_away, repair)
    return len(found), found


def _sift(
    context: Context,
    bucket: str,
    prefix: str,
    wanted: Callable[[Any, set[str]], set[str]],
    repair: bool,
) -> list[str]:
    """Return the keys `<prefix><id>/…` whose id isn't wanted; with `repair` they are removed."""
    found: list[str] = []
    for keys in _batches(context.storage.keys(bucket, prefix)):
        ids = {key[len(prefix) :].partition("/")[0] for key in keys}
        with context.database.transaction() as transaction:
            stray = ids - wanted(transaction, ids)
        found += [key for key in keys if key[len(prefix) :].partition("/")[0] in stray]
    if repair and found:
        context.storage.delete(bucket, found)
    return found


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def _unsent(context: Context, repair: bool) -> Found:
    with context.database.transaction() as transaction:
        found = store.find_unsent(transaction, context.clock.now() - UNSENT)
    if found and repair:
        outbox.relay_quietly(context.database, context.queues)
    return len(found), found


def _immortal(context: Context, repair: bool) -> Found:
    """Look for keys that would stay in Redis for ever; they get a day."""
    found = context.cache.immortal()
    if repair:
        context.cache.expire(found, seconds=EXPIRY_SECONDS)
    return len(found), found


def _overdue(context: Context, repair: bool) -> Found:
    found = retention.count_overdue(context, GRACE)
    if found and repair:
        retention.run(context, dry_run=False, tell=lambda _: None)
    return sum(found.values()), sorted(found)


def _audit(context: Context, repair: bool) -> Found:
    """Look along the audit log; a broken one can't be mended: its alarm rings."""
    broken = audit_checks.verify(context).first_broken
    return (1, [f"{broken.seq}: {broken.problem}"]) if broken else (0, [])


def _drifted(context: Context, repair: bool) -> Found:
    found = recounting.recount(context, repair=repair)
    samples = [f"{one['count']} {one['id']}: {one['off_by']:+}" for one in found["samples"]]
    return sum(found["drifted"].values()), samples
