"""What the feed needs every minute: heat, how people watch, and what becomes of new videos."""

from datetime import datetime

from chalicelib.feed import audiences, histograms, page_store, placing, snapshot
from chalicelib.feed import upkeep_store as store
from chalicelib.feed.exploration import Stage, judge
from chalicelib.platform.breaker import Breaker, BreakerOpen, guard
from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger


def tend(context: Context) -> dict[str, int]:
    """Do all of it once. Each part is a transaction, and doing it again changes nothing."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        page_store.ensure_partitions(transaction, now.date())
    counted = histograms.count_new(context)
    audiences.count_new(context)
    with context.database.transaction() as transaction:
        heated = store.refresh_hot(transaction, now)
    judged = _judge(context, now)
    done = {
        "viewings_counted": counted,
        "videos_heated": heated,
        "videos_judged": judged,
        "videos_placed": _place(context, now),
        "snapshot": snapshot.write(context),
    }
    logger.info("feed_tended", extra=done)
    return done


def _place(context: Context, now: datetime) -> int:
    """Place new videos, unless that keeps failing: then they wait, known by their content alone."""
    try:
        with guard(context, Breaker.EMBEDDING):
            return placing.place(context, now)
    except BreakerOpen:
        return 0
    except Exception:
        logger.exception("placing_failed")
        count("PlacingFailed")
        return 0


def _judge(context: Context, now: datetime) -> int:
    """Decide on new videos that have been shown often enough. Returns on how many."""
    judged = 0
    with context.database.transaction() as transaction:
        store.set_priors(transaction)
        standard = store.read_standard(transaction)
        for video_row_id, trial in store.due_trials(transaction, now):
            stage = judge(trial, standard)
            if stage is not trial.stage:
                store.set_stage(
                    transaction, video_row_id, before=trial.stage, after=stage,
                    standard=standard, now=now,
                )  # fmt: skip
                count("VideoDemoted" if stage is Stage.DEMOTED else "VideoPromoted")
                judged += 1
    return judged
