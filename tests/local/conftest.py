"""People and clips for the tests of the deployed stack."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.media import make_clip, real_clip
from tests.people import Person


@pytest.fixture
def new_person(stack: dict[str, Any]) -> Iterator[Callable[..., Person]]:
    made: list[Person] = []

    def register(*, creator: bool = False) -> Person:
        made.append(Person.register(stack["base_url"], creator=creator))
        return made[-1]

    yield register
    for person in made:
        person.http.close()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three seconds of portrait video with sound."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=3).read_bytes()


@pytest.fixture
def given() -> Callable[[str], bytes]:
    """Real clips from a folder beside the project, where there is one."""

    return lambda name: real_clip(name).read_bytes()
