"""What tests of every height share."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

# Powertools reads these at import; they are set as deployed functions have them.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "clipwave")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Clipwave")
os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture(scope="session")
def stack() -> Iterator[dict[str, Any]]:
    """The deployed stack, as its stack.json describes it."""
    from tests.stack import running_stack  # noqa: PLC0415 - only some tests need a cloud

    with running_stack() as found:
        yield found
