"""Following: the row, both counts and the news of it in one transaction."""

from chalicelib.accounts import relationships
from chalicelib.accounts.models import Session
from chalicelib.engagement import notifications
from chalicelib.platform.context import Context


def set_follow(context: Context, session: Session, name: str, *, following: bool) -> int:
    """Follow somebody or stop it, any number of times. Returns how many follow them then."""
    with context.database.transaction() as transaction:
        person, changed = relationships.set_follow(
            transaction, context, session, name, following=following
        )
        if changed and following:
            notifications.tell_of_follow(
                context, transaction, session.user_row_id, person.row_id, context.clock.now()
            )
    return person.follower_count
