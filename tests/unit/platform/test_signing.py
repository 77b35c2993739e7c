"""Signed tokens can't be forged, bent or used for something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.platform.signing import SignatureInvalid, Signer

SIGNER = Signer(lambda: b"key")


def test_a_token_gives_its_value_back() -> None:
    token = SIGNER.sign("cursor", [1, "two", None])
    assert SIGNER.read("cursor", token) == [1, "two", None]


def test_a_token_of_another_purpose_or_key_is_refused() -> None:
    token = SIGNER.sign("cursor", 1)
    with pytest.raises(SignatureInvalid):
        SIGNER.read("impression", token)
    with pytest.raises(SignatureInvalid):
        Signer(lambda: b"other").read("cursor", token)


@given(st.text(max_size=80))
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(SignatureInvalid):
        SIGNER.read("cursor", token)


@given(st.data())
def test_a_changed_token_is_refused(data: st.DataObject) -> None:
    token = SIGNER.sign("cursor", {"offset": 20})
    place = data.draw(st.integers(0, len(token) - 2))
    letter = data.draw(st.sampled_from("AQgw09_-").filter(lambda x: x != token[place]))
    with pytest.raises(SignatureInvalid):
        SIGNER.read("cursor", token[:place] + letter + token[place + 1 :])
