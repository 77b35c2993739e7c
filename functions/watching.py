"""Reports of watching, taken in many at a time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

functions = Blueprint(__name__)


@functions.lambda_function(name="take_in_events")
def take_in_events(event: dict[str, Any], lambda_context: Any) -> Any:
    """Take in all reports of a batch in one transaction."""
    # Imported when called, here and below: the API's functions load this module, not its work.
    from functions.batches import process_together  # noqa: PLC0415

    return process_together(event, lambda_context, _take_in)


def _take_in(records: "Sequence[SQSRecord]") -> None:
    from chalicelib.engagement import recording, reports  # noqa: PLC0415
    from chalicelib.platform import context  # noqa: PLC0415
    from functions.messages import read  # noqa: PLC0415

    told = [reports.unpack(read(record.body, dict[str, Any])) for record in records]
    recording.record(context.current(), told)
