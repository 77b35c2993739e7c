"""Checks a structure against a tree of the same shape.

A tree is made of mappings (structures), sets (the values that are taken) and the classes below.
What it doesn't name isn't taken: a key, a value or a further element that isn't there is refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class Mismatch(Exception):
    """Something isn't as the tree has it; `path` says where."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class Rule:
    """A value that must be what `says` says."""

    says: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class Optional:
    """A key that may be missing."""

    schema: Any


@dataclass(frozen=True)
class Several:
    """A list of one element or more, at most so many."""

    schema: Any
    most: int


@dataclass(frozen=True)
class Choice:
    """A structure that is of one of several kinds; `kind` tells which by its content.

    `path` is where in the structure the kind is told, for who reads of an unknown one.
    """

    path: str
    kind: Callable[[Mapping[str, Any]], str]
    schemas: Mapping[str, Any]


def matching(pattern: str, says: str) -> Rule:
    """Return a rule for texts by a regular expression."""
    return Rule(
        says, lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None
    )


def whole(least: int, most: int, says: str, step: int = 1) -> Rule:
    """Return a rule for whole numbers from `least` to `most`."""
    return Rule(
        says,
        lambda value: type(value) is int and least <= value <= most and value % step == 0,
    )


def only(*values: object) -> frozenset[object]:
    """Return the set of the values that are taken."""
    return frozenset(values)


def check(value: Any, schema: Any, path: str = "") -> None:
    """Raise Mismatch at the first thing that isn't as the schema has it."""
    if isinstance(schema, Choice):
        _check_choice(value, schema, path)
    elif isinstance(schema, Several):
        _check_list(value, schema, path)
    elif isinstance(schema, Mapping):
        _check_structure(value, schema, path)
    elif isinstance(schema, Rule):
        if not schema.holds(value):
            raise Mismatch(path, f"{value!r} must be {schema.says}")
    elif not any(value == known and type(value) is type(known) for known in schema):
        names = ", ".join(sorted(map(repr, schema)))
        raise Mismatch(path, f"{value!r} is not honoured by this worker; use {names}")


def _check_choice(value: Any, schema: Choice, path: str) -> None:
    if not isinstance(value, Mapping):
        raise Mismatch(path, "must be a structure")
    kind = schema.kind(value)
    if kind not in schema.schemas:
        where = f"{path}.{schema.path}".strip(".")
        raise Mismatch(where, f"{kind!r} must be one of {', '.join(schema.schemas)}")
    check(value, schema.schemas[kind], path)


def _check_list(value: Any, schema: Several, path: str) -> None:
    if not isinstance(value, list) or not 1 <= len(value) <= schema.most:
        raise Mismatch(path, f"must be a list of 1 to {schema.most}")
    for place, item in enumerate(value):
        check(item, schema.schema, f"{path}[{place}]")


def _check_structure(value: Any, schema: Mapping[str, Any], path: str) -> None:
    if not isinstance(value, Mapping):
        raise Mismatch(path, "must be a structure")
    for key in value:
        if key not in schema:
            raise Mismatch(f"{path}.{key}".lstrip("."), "is not honoured; leave it out")
    for key, inner in schema.items():
        optional = isinstance(inner, Optional)
        if key in value:
            given = inner.schema if optional else inner
            check(value[key], given, f"{path}.{key}".lstrip("."))
        elif not optional:
            raise Mismatch(f"{path}.{key}".lstrip("."), "is needed")
