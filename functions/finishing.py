"""The last steps of a video: publication, and moving its files when others may see it or not."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

functions = Blueprint(__name__)


@functions.lambda_function(name="finish_video")
def finish_video(event: dict[str, Any], lambda_context: Any) -> Any:
    """Finish every video that a batch names, or put its files in their place."""
    # Imported when called, here and below: the API's functions load this module, not its work.
    from functions.batches import process_batch  # noqa: PLC0415

    return process_batch(event, lambda_context, _finish)


def _finish(record: "SQSRecord") -> None:
    from chalicelib.platform import context  # noqa: PLC0415
    from chalicelib.videos import publish, shelving  # noqa: PLC0415
    from functions.messages import MediaJob, Misplaced, read  # noqa: PLC0415

    message = read(record.body, MediaJob | Misplaced)
    if isinstance(message, Misplaced):
        shelving.place(context.current(), message.place)
    else:
        publish.finish(context.current(), message.job_id)
