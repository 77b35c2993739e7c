"""Erasing people whose 30 days are over: their files, then their rows, as the map says.

Files first: as long as the rows are there, a run that died is repeated and finds what is left.
"""

from chalicelib.engagement import comment_store, notifications
from chalicelib.platform import audit
from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger
from chalicelib.upkeep import erasure_store as store
from chalicelib.upkeep import exporting
from chalicelib.upkeep.personal_data import HOLDINGS
from chalicelib.videos import archiving
from chalicelib.videos.delivery import HIDDEN

AT_ONCE = 50


def count_due(context: Context) -> int:
    """Return how many people are to be erased now."""
    with context.database.transaction() as transaction:
        return store.count_due(transaction, context.clock.now())


def erase_due(context: Context) -> int:
    """Erase who has left 30 days ago, one after the other, and return how many that were."""
    with context.database.transaction() as transaction:
        due = store.find_due(transaction, context.clock.now(), AT_ONCE)
    return sum(_erase(context, row_id) for row_id in due)


def _erase(context: Context, row_id: int) -> bool:
    with context.database.transaction() as transaction:
        user_id = store.hold_due(transaction, row_id, context.clock.now())
        if user_id is None:
            return False  # came back meanwhile, or another run was faster
        _delete_files(context, store.files_of(transaction, row_id))
        written = comment_store.find_by_author(transaction, row_id)
        gone = comment_store.remove(transaction, written, by=None, now=context.clock.now())
        notifications.forget_comments(transaction, gone)
        store.uncount(transaction, row_id)
        for holding in HOLDINGS:
            store.erase(transaction, holding, row_id, user_id)
        store.mark_purged(transaction, row_id, context.clock.now())
        audit.append(
            context, transaction, None, action="erase", target=f"user:{user_id}", detail={}
        )
    count("PeopleErased")
    logger.info("person_erased", extra={"person": user_id})
    return True


def _delete_files(context: Context, files: store.Files) -> None:
    settings, storage = context.settings, context.storage
    for video_id in files.video_ids:
        archiving.delete_everywhere(context, video_id)
    for sound_id in files.sound_ids:
        storage.delete_all(settings.media_bucket, f"{HIDDEN}/{sound_id}/")
    storage.delete(settings.uploads_bucket, [exporting.key_of(one) for one in files.export_ids])
