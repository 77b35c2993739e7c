"""Changing what can be set at run time: typed, with a history, and the way back."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.accounts import registration
from chalicelib.accounts.models import Session
from chalicelib.admin import configuration_store as store
from chalicelib.admin.models import Version
from chalicelib.feed import configuration as feed
from chalicelib.moderation import weighing
from chalicelib.platform import audit, breaker, limits
from chalicelib.platform.configuration import Setting, ValueRefused
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import FieldError, Problem, not_found
from chalicelib.platform.origins import ALLOWED_ORIGINS

SETTINGS: Mapping[str, Setting] = {
    setting.key: setting
    for setting in (
        *limits.SETTINGS,
        *breaker.SETTINGS,
        ALLOWED_ORIGINS,
        registration.CREATOR_SIGNUP,
        *feed.SETTINGS,
        *weighing.SETTINGS,
    )
}


def values_of(version: Version) -> dict[str, Any]:
    """Return all settings of a version by key."""
    return {key: version.changed.get(key, one.default) for key, one in SETTINGS.items()}


def schema() -> dict[str, Any]:
    """Return what can be set, as JSON Schema."""
    properties = {key: setting.schema() for key, setting in SETTINGS.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def read(context: Context) -> Version:
    """Return the configuration in force."""
    with context.database.transaction() as transaction:
        return store.last(transaction)


def change(
    context: Context,
    session: Session,
    version: int | None,
    changes: Mapping[str, Any],
    reason: str,
) -> Version:
    """Set some keys, null meaning the default, and return the new version.

    `version` is the one that is changed; None changes whichever is in force.

    Raises Problem `precondition_failed` when that isn't the version in force any more,
    `unknown_field` or `validation_failed` with a pointer to each wrong key.
    """
    given = dict(flatten(changes))
    _check(given)
    with context.database.transaction() as transaction:
        before = _hold(transaction, version)
        after = {**before.changed, **given}
        kept = {
            key: value
            for key, value in after.items()
            if value is not None and key in SETTINGS and value != SETTINGS[key].default
        }
        if kept == dict(before.changed):
            return before
        made = _put(context, transaction, session, before, kept=kept, reason=reason)
    context.configuration.forget()
    return made


def roll_back(context: Context, session: Session, number: int, reason: str) -> Version:
    """Make an earlier version's values those in force, as a new version.

    Raises Problem `not_found` for a version that there isn't.
    """
    with context.database.transaction() as transaction:
        wanted = store.find(transaction, number)
        if wanted is None:
            raise not_found("version")
        before = _hold(transaction, None)
        kept = {key: value for key, value in wanted.changed.items() if key in SETTINGS}
        made = _put(context, transaction, session, before, kept=kept, reason=reason)
    context.configuration.forget()
    return made


def history(context: Context, *, before: int | None, limit: int) -> list[Version]:
    """Return the versions, the last first."""
    with context.database.transaction() as transaction:
        return store.list_versions(transaction, before=before, limit=limit)


def flatten(said: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Return keys and values; `{"limits": {"feed": {"max": 9}}}` says `limits.feed.max`, too."""
    for name, value in said.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and key not in SETTINGS:
            yield from flatten(value, f"{key}.")
        else:
            yield key, value


def _check(given: Mapping[str, Any]) -> None:
    errors = []
    for key, value in given.items():
        setting = SETTINGS.get(key)
        if setting is None:
            errors.append(FieldError(f"/{key}", "unknown_field", "There is no such setting."))
        elif value is not None:
            try:
                setting.validate(value)
            except ValueRefused as refusal:
                errors.append(FieldError(f"/{key}", "invalid", str(refusal)))
    if errors:
        unknown = all(error.code == "unknown_field" for error in errors)
        first = f"{errors[0].pointer[1:]}: {errors[0].detail}"
        raise Problem("unknown_field" if unknown else "validation_failed", first, errors=errors)


def _hold(transaction: Connection, version: int | None) -> Version:
    """Return the version in force, which nobody else changes until the commit."""
    store.hold(transaction)
    found = store.last(transaction)
    if version is not None and found.number != version:
        raise Problem("precondition_failed", "It has changed since; read it again.")
    return found


def _put(
    context: Context,
    transaction: Connection,
    session: Session,
    before: Version,
    *,
    kept: Mapping[str, Any],
    reason: str,
) -> Version:
    number = before.number + 1
    store.insert(
        transaction, number, kept, by=session.user_row_id, reason=reason, now=context.clock.now()
    )
    made = store.last(transaction)
    old, new = values_of(before), values_of(made)
    detail = {
        "reason": reason,
        "changes": {key: [old[key], new[key]] for key in SETTINGS if old[key] != new[key]},
    }
    audit.append(
        context,
        transaction,
        session,
        action="configure",
        target=f"configuration:{number}",
        detail=detail,
    )
    return made
