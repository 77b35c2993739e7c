"""What Lambda passes beside the event."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LambdaContext:
    """As much of it as is used."""

    aws_request_id: str = "request-1"
    function_name: str = "a function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:a"
