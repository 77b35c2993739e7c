"""What can be set while the service runs: typed settings, in force everywhere within seconds.

The table `configuration` has one row for each change; the last one holds all values that differ
from the defaults. A process reads it again when what it has read is older than `FRESH_SECONDS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from chalicelib.platform.clock import Clock
from chalicelib.platform.database import Database
from chalicelib.platform.errors import Problem
from chalicelib.platform.observability import logger

FRESH_SECONDS = 10
Kind = Literal["integer", "number", "string", "object", "array"]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "object": (dict,),
    "array": (list,),
}


class ValueRefused(Exception):
    """A setting can't have this value; the message says what it can be."""


@dataclass(frozen=True)
class Setting:
    """One key: its type, what it is unless somebody changes it, and what it may be.

    `check` raises ValueRefused for what type and range don't tell.
    """

    key: str
    kind: Kind
    default: Any
    description: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    check: Callable[[Any], None] | None = field(default=None, repr=False)

    def validate(self, value: Any) -> None:
        """Raise ValueRefused for a value that this setting can't have."""
        if not isinstance(value, _TYPES[self.kind]) or isinstance(value, bool):
            raise ValueRefused(f"must be of type {self.kind}")
        if self.choices and value not in self.choices:
            raise ValueRefused(f"must be one of {', '.join(self.choices)}")
        if isinstance(value, int | float):
            self._validate_range(value)
        if self.check:
            self.check(value)

    def _validate_range(self, value: float) -> None:
        if self.minimum is not None and not value >= self.minimum:
            raise ValueRefused(f"must be at least {self.minimum:g}")
        if self.maximum is not None and not value <= self.maximum:
            raise ValueRefused(f"must be at most {self.maximum:g}")

    def schema(self) -> dict[str, Any]:
        """Return the setting as JSON Schema."""
        said = {
            "type": self.kind,
            "default": self.default,
            "description": self.description,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "enum": list(self.choices) or None,
        }
        return {name: value for name, value in said.items() if value is not None}


class Configuration:
    """The values in force. Without the database, what was last known of them, else the defaults."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._values: Mapping[str, Any] = {}
        self._read_at: datetime | None = None

    def get(self, setting: Setting) -> Any:
        """Return a setting's value."""
        now = self._clock.now()
        if self._read_at is None or now - self._read_at > timedelta(seconds=FRESH_SECONDS):
            self._read_at = now
            self._read()
        return self._values.get(setting.key, setting.default)

    def forget(self) -> None:
        """Read again at the next use; for whoever has just changed something."""
        self._read_at = None

    def _read(self) -> None:
        try:
            with self._database.transaction() as transaction:
                row = transaction.execute(
                    "SELECT settings FROM configuration ORDER BY version DESC LIMIT 1"
                ).fetchone()
        except Problem:
            logger.warning("configuration_unread")
            return
        self._values = row["settings"] if row else {}
