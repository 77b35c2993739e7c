"""Ids are opaque and different."""

from chalicelib.platform import ids


def test_ids_are_opaque_and_different() -> None:
    made = {ids.public_id() for _ in range(2000)}
    assert len(made) == 2000
    assert all(len(one) == 14 and one.isalnum() for one in made)
