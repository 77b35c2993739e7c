"""Structured logs and metrics, one instance each for the whole process."""

import re
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

BLOT = "[redacted]"
# What must not be read by whoever reads logs. We don't log any of it; what others put into the
# messages of exceptions is caught here.
_SECRETS = (
    re.compile(r"()[\w.+-]+@[\w-]+(?:\.[\w-]+)+()"),  # e-mail addresses
    re.compile(r"(\w+://[^\s:/@]*:)[^\s@/]+(@)"),  # passwords in URLs
    re.compile(r"(session=)[\w-]+()"),
    re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s\"'\\]+()", re.IGNORECASE),
    re.compile(
        r"""((?:password|current|new|token|secret|cookie|policy|x-amz-signature)\\?["']\s*:\s*\\?["'])
        (?:[^"'\\]|\\(?!["']).)*()""",
        re.IGNORECASE | re.VERBOSE,
    ),
    re.compile(r"(\$argon2\w*\$)[\w$=,+/.-]+()"),
    re.compile(r"()\b(?:AKIA|ASIA)[0-9A-Z]{16}\b()"),
)


def redact(text: str) -> str:
    """Return a log line without what looks like a secret."""
    for secret in _SECRETS:
        text = secret.sub(rf"\1{BLOT}\2", text)
    return text


class _Redacting(LambdaPowertoolsFormatter):
    """Blots secrets out of each line, wherever in it they are."""

    def serialize(self, log: Any) -> str:
        return redact(super().serialize(log))


logger = Logger(utc=True, logger_formatter=_Redacting(utc=True))
metrics = Metrics()


def count(name: str, value: float = 1) -> None:
    """Add to a count metric of this invocation."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def gauge(name: str, value: float) -> None:
    """Tell how many seconds something lags now."""
    metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=value)


def request_id() -> str:
    """Return the id of the request that is being answered, if one is."""
    return str(logger.get_current_keys().get("request_id", ""))


def flush_metrics() -> None:
    """Write out what was counted; at the end of every invocation."""
    if metrics.metric_set:
        metrics.flush_metrics()
