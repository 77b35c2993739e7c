"""S3 tells us, through SQS, that a file has arrived."""

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from chalice.app import Blueprint

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

functions = Blueprint(__name__)


@functions.lambda_function(name="ingest_upload")
def ingest_upload(event: dict[str, Any], lambda_context: Any) -> Any:
    """Take in every file that a batch of S3 events names."""
    # Imported when called, here and below: the API's functions load this module, not its work.
    from functions.batches import process_batch  # noqa: PLC0415

    return process_batch(event, lambda_context, _ingest)


def _ingest(record: "SQSRecord") -> None:
    from chalicelib.platform import context  # noqa: PLC0415
    from chalicelib.videos import arrival  # noqa: PLC0415
    from functions.messages import S3Notices, S3Test, read  # noqa: PLC0415

    message = read(record.body, S3Notices | S3Test)
    if isinstance(message, S3Notices):
        for notice in message.Records:
            arrival.receive_upload(context.current(), unquote_plus(notice.s3.object.key))
