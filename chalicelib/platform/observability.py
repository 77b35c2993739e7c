"""Structured logs and metrics, one instance each for the whole process."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(utc=True)
metrics = Metrics()


def count(name: str, value: float = 1) -> None:
    """Add to a count metric of this invocation."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def measure_ms(name: str, milliseconds: float) -> None:
    """Record a duration in milliseconds for this invocation."""
    metrics.add_metric(name=name, unit=MetricUnit.Milliseconds, value=milliseconds)
