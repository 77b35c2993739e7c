"""People as the staff looks for them."""

from datetime import datetime

from chalicelib.admin import people_store as store
from chalicelib.admin.models import Member
from chalicelib.platform.context import Context
from chalicelib.platform.errors import not_found


def list_members(
    context: Context,
    *,
    text: str | None,
    role: str | None,
    status: str | None,
    before: tuple[datetime, int] | None,
    limit: int,
) -> list[Member]:
    """Return people, who joined last first, by the start of their names, role and status."""
    with context.database.transaction() as transaction:
        return store.list_members(
            transaction,
            text=text,
            role=role,
            status=status,
            before=before,
            now=context.clock.now(),
            limit=limit,
        )


def find_member(context: Context, name: str) -> Member:
    """Return the person of a public id, or of @name. Raises Problem `not_found`."""
    with context.database.transaction() as transaction:
        member = store.find_member(transaction, name, context.clock.now())
    if member is None:
        raise not_found("person")
    return member
