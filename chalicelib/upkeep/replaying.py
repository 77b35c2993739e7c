"""Makes the rows that figures are counted from again, from the logs of what happened.

Showings and what counts as a view come from the raw watch events; likes, saves and follows from the
event log; comments and shares are their own. A slice of time is one transaction: what it makes is
what the logs say, however often it runs, and a run that dies goes on at the slice it was in. In the
end everything of the time is marked to be rolled up anew.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.engagement import playback_store, views
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import Problem
from chalicelib.platform.partitions import find_beginning
from chalicelib.upkeep import recounting
from chalicelib.upkeep import replay_store as store

AT_ONCE = 2000  # entries of a log
LOGS = ("watching", "toggles", "rollups")
MOST_SECONDS = 600
DAY = timedelta(days=1)
MARKED_AT_ONCE = timedelta(days=31)
COUNTS = ("changed_showings", "changed_views", "changed_toggles")

Keep = Callable[[int, Mapping[str, Any]], None]


class TimeOver(Exception):
    """The time that a run may take is over; it goes on from what was kept last."""


def replay(
    context: Context,
    *,
    params: Mapping[str, Any],
    reached: Mapping[str, Any] | None,
    keep: Keep,
    dry_run: bool,
) -> dict[str, Any]:
    """Make everything again of the time from `from` on and before `until`, as RFC 3339.

    Without them, of the last 24 hours. `reached` is what an earlier run gave to `keep`, with the
    percentage done. Returns what was other than the logs say. Raises Problem `validation_failed`
    for a time of which the events aren't kept any more, and TimeOver.
    """
    state = dict(reached or _begin(context, params))
    since, until = (datetime.fromisoformat(state[name]) for name in ("from", "until"))
    ends = time.monotonic() + MOST_SECONDS
    while (at := datetime.fromisoformat(state["at"])) < until:
        if time.monotonic() > ends:
            raise TimeOver
        found = _slice(context, state["log"], at, until, dry_run=dry_run)
        state |= {name: state[name] + found[name] for name in COUNTS}
        state["at"] = found["at"].isoformat()
        if found["at"] >= until and state["log"] != LOGS[-1]:
            following = LOGS[LOGS.index(state["log"]) + 1]
            state |= {"log": following, "at": since.isoformat()}
        keep(_percent(state, since, until), state)
    result = {name: state[name] for name in ("from", "until", *COUNTS)}
    if not dry_run:
        result["recounted"] = recounting.recount(context, repair=True)["drifted"]
    return result


def _begin(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    now = context.clock.now()
    until = min(datetime.fromisoformat(params.get("until", now.isoformat())), now)
    since = datetime.fromisoformat(params.get("from", (until - DAY).isoformat()))
    if since >= until:
        raise Problem("validation_failed", "Give a `from` before `until`, in the past.")
    with context.database.transaction() as transaction:
        kept = find_beginning(transaction, store.WATCHING_LOG.table)
    if since < kept:
        raise Problem("validation_failed", f"Events are kept from {kept.isoformat()} on.")
    return {
        "from": since.isoformat(), "until": until.isoformat(), "at": since.isoformat(),
        "log": LOGS[0], **dict.fromkeys(COUNTS, 0),
    }  # fmt: skip


def _percent(state: Mapping[str, Any], since: datetime, until: datetime) -> int:
    done = (datetime.fromisoformat(state["at"]) - since) / (until - since)
    return int(99 * (LOGS.index(state["log"]) + done) / len(LOGS))


def _slice(
    context: Context, log: str, since: datetime, until: datetime, *, dry_run: bool
) -> dict[str, Any]:
    works = dict(zip(LOGS, (_replay_watching, _replay_toggles, _mark), strict=True))
    with context.database.transaction(taken_back=dry_run) as transaction:
        store.begin(transaction)
        return {**dict.fromkeys(COUNTS, 0), **works[log](transaction, since, until)}


def _replay_watching(transaction: Connection, since: datetime, until: datetime) -> dict[str, Any]:
    end = store.find_end(transaction, store.WATCHING_LOG, since, until, AT_ONCE)
    changed = 0

    def rebuild() -> None:
        nonlocal changed
        changed = store.rebuild_playbacks(transaction, since, end)

    steps = views.recount(transaction, store.find_pairs(transaction, since, end), rebuild)
    playback_store.add_views(transaction, steps)
    moved = sum(abs(step) for step in steps.values())
    return {"at": end, "changed_showings": changed, "changed_views": moved}


def _replay_toggles(transaction: Connection, since: datetime, until: datetime) -> dict[str, Any]:
    end = store.find_end(transaction, store.TOGGLES_LOG, since, until, AT_ONCE)
    wrong = sum(store.rebuild_toggles(transaction, one, since, end) for one in store.TOGGLES)
    return {"at": end, "changed_toggles": wrong}


def _mark(transaction: Connection, since: datetime, until: datetime) -> dict[str, Any]:
    end = min(since + MARKED_AT_ONCE, until)
    whole = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    store.mark_everything(transaction, whole, end)
    return {"at": end}
