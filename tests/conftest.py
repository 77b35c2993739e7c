"""What tests of every height share."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.people import Person

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


@pytest.fixture(scope="session")
def new_person(stack: dict[str, Any]) -> Iterator[Callable[..., Person]]:
    """Makes people of the deployed stack, each with a client of their own."""
    made: list[Person] = []

    def register(*, creator: bool = False) -> Person:
        made.append(Person.register(stack["base_url"], creator=creator))
        return made[-1]

    yield register
    for person in made:
        person.http.close()
