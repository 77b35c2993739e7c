"""What Lambda is called with for messages of a queue."""

from typing import Any


def batch(*bodies: str, queue: str = "finish-queue", received: int = 1) -> dict[str, Any]:
    """Return the event for some messages."""
    records = [
        {
            "messageId": str(number),
            "receiptHandle": f"receipt {number}",
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(received)},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue}",
        }
        for number, body in enumerate(bodies)
    ]
    return {"Records": records}
