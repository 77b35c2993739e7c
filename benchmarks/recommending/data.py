"""Interaction files: up to three splits, or one log; whatever else is there is used."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.learning.content import content_graph, tf_idf
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.learning.interactions import Interactions, interactions
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import Floats

NEAREST = 20
SPLITS = ("trn", "val", "tst")

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Task:
    """What is known, and what comes next and is to be found; both in full."""

    known: Interactions
    target: Interactions


@dataclass(frozen=True)
class Content:
    """What items are about: tf-idf weights of words, (items, words), features, (items, k)."""

    words: Sparse | None
    dense: Floats | None

    def graph(self) -> Sparse | None:
        """Return the content graph."""
        if self.words is None and self.dense is None:
            return None
        return content_graph(self.words, self.dense, nearest=NEAREST)


@dataclass(frozen=True)
class Log:
    """Events of everybody in the order of one clock, each pair once."""

    users: NDArray[np.int32]
    items: NDArray[np.int32]
    n_users: int
    n_items: int


@dataclass(frozen=True)
class Data:
    """Settings are chosen by `validation`; `test` is looked at once."""

    validation: Task
    test: Task
    content: Content
    log: Log | None


def load(path: Path) -> Data:
    """Return the data of a file: `trn_u, trn_i` and so on, or `u, i` and maybe `t`.

    The last split is the test. Where splits are missing, one event of each history is held out,
    its last if the order is known. Raises ValueError if it can't be read or there is nothing in it.
    """
    try:
        with np.load(path) as stored:
            columns = {name: stored[name] for name in stored.files}
        return _data(columns)
    except (OSError, EOFError, BadZipFile, KeyError, IndexError) as error:
        raise ValueError(f"not an interaction file: {error}") from error


def latest(events: Interactions) -> Interactions:
    """Return what training takes of histories: their last 200 events."""
    order = np.arange(len(events.users), dtype=np.float64) if events.ordered else None
    return interactions(
        events.users, events.items, order, n_users=events.n_users, n_items=events.n_items
    )


def _data(columns: Columns) -> Data:
    splits = [name for name in SPLITS if f"{name}_u" in columns]
    names = [(f"{name}_u", f"{name}_i", f"{name}_pos") for name in splits] or [("u", "i", "t")]
    n_users = _size(columns, "n_users", [name[0] for name in names])
    n_items = _size(columns, "n_items", [name[1] for name in names])
    parts = [
        _whole([columns[users]], [columns[items]], [columns.get(times)], n_users, n_items)
        for users, items, times in names
    ]
    validation, test = _tasks(parts)
    if not len(validation.target.users) or not len(test.target.users):
        raise ValueError("nobody has watched enough to find anything")
    content = Content(_words(columns, n_items), _dense(columns, n_items))
    log = None if splits or "t" not in columns else _log(columns, n_users, n_items)
    return Data(validation, test, content, log)


def _tasks(parts: list[Interactions]) -> tuple[Task, Task]:
    """Return what settings are chosen by, and the test."""
    if len(parts) == 1:
        parts = list(parts[0].hold_out_last())
    train, test = parts[0], parts[-1]
    validation = parts[1] if len(parts) == len(SPLITS) else None
    if validation is None:
        return Task(*train.hold_out_last()), Task(train, test)
    # What comes later in a sequence knows all that came before; sets without order don't tell.
    known = _after(train, validation) if train.ordered else train
    return Task(train, validation), Task(known, test)


def _after(first: Interactions, second: Interactions) -> Interactions:
    """Return all events; the second ones come after the first."""
    return _whole(
        [first.users, second.users], [first.items, second.items],
        [np.arange(len(part.users)) + place * len(first.users)
         for place, part in enumerate((first, second))],
        first.n_users, first.n_items,
    )  # fmt: skip


def _whole(
    users: list[NDArray[Any]],
    items: list[NDArray[Any]],
    times: list[NDArray[Any] | None],
    n_users: int,
    n_items: int,
) -> Interactions:
    """Return events sorted by user and time, each pair once (its last), histories in full."""
    who, what = (np.concatenate(part).astype(np.int32) for part in (users, items))
    told = [part for part in times if part is not None]
    ordered = len(told) == len(times)
    when = np.concatenate(told) if ordered else np.arange(len(who))
    order = np.lexsort((when, who))[::-1]
    pairs = who[order].astype(np.int64) * n_items + what[order]
    kept = order[np.sort(np.unique(pairs, return_index=True)[1])][::-1]
    worth = np.ones(len(kept), np.float32)
    return Interactions(n_users, n_items, who[kept], what[kept], worth, ordered)


def _log(columns: Columns, n_users: int, n_items: int) -> Log:
    order = np.argsort(columns["t"], kind="stable")
    users, items = (columns[name][order].astype(np.int32) for name in ("u", "i"))
    pairs = users.astype(np.int64) * n_items + items
    first = np.sort(np.unique(pairs, return_index=True)[1])
    return Log(users[first], items[first], n_users, n_items)


def _size(columns: Columns, name: str, codes: list[str]) -> int:
    if min(int(columns[code].min(initial=0)) for code in codes) < 0:
        raise ValueError("users and items are codes from 0")
    most = max(int(columns[code].max(initial=-1)) for code in codes) + 1
    return max(most, int(columns.get(name, np.array(0))))


def _words(columns: Columns, n_items: int) -> Sparse | None:
    starts, words = columns.get("attr_indptr"), columns.get("attr_indices")
    if starts is None or words is None or not len(words) or len(starts) != n_items + 1:
        return None
    rows = np.repeat(np.arange(n_items), np.diff(starts))
    return tf_idf(sparse(rows, words, np.ones(len(words), np.float32),
                         (n_items, int(words.max()) + 1)))  # fmt: skip


def _dense(columns: Columns, n_items: int) -> Floats | None:
    """Return all features of items side by side, each kind of the same weight."""
    kinds = [
        np.nan_to_num(part.astype(np.float32))
        for name, part in sorted(columns.items())
        if part.ndim == 2 and len(part) == n_items and part.dtype.kind == "f"  # noqa: PLR2004
    ]
    if not kinds:
        return None
    scaled: Floats = np.hstack([unit(kind - kind.mean(axis=0)) for kind in kinds])
    return scaled
