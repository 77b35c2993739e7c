"""Clips for the tests of the deployed stack."""

from collections.abc import Callable

import pytest

from tests.media import make_clip, real_clip


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three seconds of portrait video with sound."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=3).read_bytes()


@pytest.fixture
def given() -> Callable[[str], bytes]:
    """Real clips from a folder beside the project, where there is one."""

    return lambda name: real_clip(name).read_bytes()
