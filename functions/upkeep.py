"""Scheduled work."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

functions = Blueprint(__name__)


@functions.lambda_function(name="sweep")
def sweep(event: dict[str, Any], lambda_context: Any) -> dict[str, int]:
    """Move on what has stopped on its way, and keep the next months' partitions ready."""
    # Imported when called: the API's functions load this module, not its work.
    from chalicelib.accounts import standing  # noqa: PLC0415
    from chalicelib.engagement import notifications, store  # noqa: PLC0415
    from chalicelib.platform import context  # noqa: PLC0415
    from chalicelib.videos import rescue  # noqa: PLC0415
    from functions.batches import run_scheduled  # noqa: PLC0415

    current = context.current()

    def work() -> dict[str, int]:
        with current.database.transaction() as transaction:
            store.ensure_partitions(transaction, current.clock.now().date())
        others = {
            "bans_ended": standing.end_bans(current),
            "notices_told": notifications.tell_put_off(current),
        }
        return {**rescue.sweep(current), **others}

    return run_scheduled(lambda_context, work)


@functions.lambda_function(name="tend_feed")
def tend_feed(event: dict[str, Any], lambda_context: Any) -> dict[str, int]:
    """Bring up to date what is hot, how long people watch, and what becomes of new videos."""
    from chalicelib.feed import upkeep  # noqa: PLC0415
    from chalicelib.platform import context  # noqa: PLC0415
    from functions.batches import run_scheduled  # noqa: PLC0415

    return run_scheduled(lambda_context, lambda: upkeep.tend(context.current()))


@functions.lambda_function(name="roll_up")
def roll_up(event: dict[str, Any], lambda_context: Any) -> dict[str, int]:
    """Count anew what has changed in creators' figures."""
    from chalicelib.analytics import rolling  # noqa: PLC0415
    from chalicelib.platform import context  # noqa: PLC0415
    from functions.batches import run_scheduled  # noqa: PLC0415

    return run_scheduled(lambda_context, lambda: rolling.roll(context.current()))


@functions.lambda_function(name="run_job")
def run_job(event: dict[str, Any], lambda_context: Any) -> Any:
    """Do the jobs and exports that messages name, or the job that a schedule names."""
    from chalicelib.admin import jobs  # noqa: PLC0415
    from chalicelib.platform import context  # noqa: PLC0415
    from functions.batches import process_batch, run_scheduled  # noqa: PLC0415

    current = context.current()
    if "Records" in event:
        return process_batch(event, lambda_context, _run)

    def work() -> dict[str, str]:
        job = jobs.start(current, event["job"], dry_run=False)
        jobs.run(current, job.id)
        return {"job": job.id, "state": jobs.find(current, job.id).state}

    return run_scheduled(lambda_context, work)


def _run(record: "SQSRecord") -> None:
    from chalicelib.admin import jobs  # noqa: PLC0415
    from chalicelib.platform import context  # noqa: PLC0415
    from chalicelib.upkeep import exporting  # noqa: PLC0415
    from functions.messages import AdminJob, Export, read  # noqa: PLC0415

    message = read(record.body, AdminJob | Export)
    if isinstance(message, Export):
        exporting.run(context.current(), message.export)
    else:
        jobs.run(context.current(), message.job)


@functions.lambda_function(name="prepare_feeds")
def prepare_feeds(event: dict[str, Any], lambda_context: Any) -> Any:
    """Deal out those who are active now, and prepare the feeds of those that a message names."""
    from chalicelib.feed import preparing  # noqa: PLC0415
    from chalicelib.platform import context  # noqa: PLC0415
    from functions.batches import process_batch, run_scheduled  # noqa: PLC0415

    if "Records" in event:
        return process_batch(event, lambda_context, _prepare)
    return run_scheduled(lambda_context, lambda: preparing.fan_out(context.current()))


def _prepare(record: "SQSRecord") -> None:
    from chalicelib.feed import preparing  # noqa: PLC0415
    from chalicelib.platform import context  # noqa: PLC0415
    from functions.messages import Chunk, read  # noqa: PLC0415

    chunk = read(record.body, Chunk)
    preparing.prepare(context.current(), after=chunk.after, until=chunk.until)
