"""Who follows whom, and who has nothing to do with whom any more."""

from chalicelib.accounts import store
from chalicelib.accounts.models import Relationship, Session, User
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import Problem, not_found


def find_known(transaction: Connection, name: str, session: Session | None) -> User:
    """Return a person the caller may know of. Raises Problem `not_found` for any other."""
    person = store.find_person(transaction, name)
    if person is None or (session and _relationship(transaction, session, person).blocked_by):
        raise not_found("person")
    return person


def show(context: Context, name: str, session: Session | None) -> tuple[User, Relationship | None]:
    """Return a person, and how the caller stands to them."""
    with context.database.transaction() as transaction:
        person = find_known(transaction, name, session)
        return person, _relationship(transaction, session, person) if session else None


def set_follow(context: Context, session: Session, name: str, *, following: bool) -> int:
    """Follow somebody or stop it, any number of times. Returns how many follow them then."""
    with context.database.transaction() as transaction:
        person = _other(transaction, name, session)
        if following and _relationship(transaction, session, person).blocking:
            raise Problem("forbidden", "You have blocked this person; take the block back first.")
        store.set_follow(
            transaction,
            session.user_row_id,
            person.row_id,
            following=following,
            now=context.clock.now(),
        )
        after = store.find_user(transaction, person.row_id)
    return after.follower_count if after else 0


def set_block(context: Context, session: Session, name: str, *, blocking: bool) -> None:
    """Block somebody or stop it. A block ends following in both directions."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        person = _other(transaction, name, session)
        pair = session.user_row_id, person.row_id
        store.set_block(transaction, *pair, blocking=blocking, now=now)
        if blocking:
            store.set_follow(transaction, *pair, following=False, now=now)
            store.set_follow(transaction, *pair[::-1], following=False, now=now)


def _other(transaction: Connection, name: str, session: Session) -> User:
    """Return somebody else, who may have blocked the caller only if the caller blocks them too."""
    person = store.find_person(transaction, name)
    if person is None:
        raise not_found("person")
    if person.row_id == session.user_row_id:
        raise Problem("forbidden", "Nobody can follow or block themselves.")
    store.lock_pair(transaction, session.user_row_id, person.row_id)
    relationship = _relationship(transaction, session, person)
    if relationship.blocked_by and not relationship.blocking:
        raise not_found("person")
    return person


def _relationship(transaction: Connection, session: Session, person: User) -> Relationship:
    return store.find_relationship(transaction, session.user_row_id, person.row_id)
