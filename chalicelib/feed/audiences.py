"""Whom somebody has something in common with: their country, their language, their age.

What these watch is what a newcomer is shown first, beside what they say they are interested in.
"""

from datetime import date, timedelta

from chalicelib.accounts.models import User
from chalicelib.feed import audience_store
from chalicelib.feed.audience_store import AGES
from chalicelib.platform.context import Context

SETTLED = timedelta(minutes=5)  # after which a viewing hardly changes any more
COOLED_EVERY = timedelta(minutes=30)


def audiences_of(user: User, today: date) -> list[str]:
    """Return the names of the audiences somebody belongs to."""
    birth = user.birth_date
    age = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    found = [f"age:{max(least for least in AGES if least <= max(age, 0))}"]
    found += [f"country:{user.country}"] if user.country else []
    found += [f"language:{user.language}"] if user.language else []
    return found


def count_new(context: Context) -> int:
    """Add what was watched since the last time to the heat of its viewers' audiences.

    Heat and how far it goes change in one transaction, so that no viewing is counted twice. Returns
    how many viewings there were.
    """
    now = context.clock.now()
    with context.database.transaction() as transaction:
        counted = audience_store.hold(transaction, now)
        if now - counted.cooled_at >= COOLED_EVERY:
            audience_store.cool(transaction, now - counted.cooled_at, now)
        return audience_store.add(transaction, counted.until, now - SETTLED, now.date())
