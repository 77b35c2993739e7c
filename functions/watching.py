"""Reports of watching, taken in many at a time."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

functions = Blueprint(__name__)


@functions.lambda_function(name="take_in_events")
def take_in_events(event: dict[str, Any], lambda_context: Any) -> Any:
    """Take in all reports of a batch at once; where that fails, each by itself.

    While the database is away all of them wait: asking for each would take longer than they are
    hidden from others.
    """
    # Imported when called, here and below: the API's functions load this module, not its work.
    from chalicelib.engagement import recording, reports  # noqa: PLC0415
    from chalicelib.platform import context  # noqa: PLC0415
    from chalicelib.platform.observability import count, flush_metrics, logger  # noqa: PLC0415
    from chalicelib.platform.retries import Kind, kind_of  # noqa: PLC0415
    from functions.batches import fail_batch, process_batch  # noqa: PLC0415

    try:
        together = [reports.read(record["body"]) for record in event["Records"]]
        recording.record(context.current(), together)
    except Exception as error:
        logger.warning("batch_divided", extra={"reason": f"{type(error).__name__}: {error}"})
        count("WatchEventBatchesDivided")
        if kind_of(error) is Kind.AWAY:
            return fail_batch(event, lambda_context, error)
        return process_batch(event, lambda_context, _take_in)
    flush_metrics()
    return {"batchItemFailures": []}


def _take_in(record: "SQSRecord") -> None:
    from chalicelib.engagement import recording, reports  # noqa: PLC0415
    from chalicelib.platform import context  # noqa: PLC0415

    recording.record(context.current(), [reports.read(record.body)])
