"""The permission matrix is the user's table, word for word."""

import pytest

from chalicelib.accounts.models import Action, Role
from chalicelib.accounts.permissions import MATRIX, is_allowed, permissions_of

TABLE = {
    Action.WATCH: "yes yes yes yes",
    Action.UPLOAD: "no yes yes yes",
    Action.DELETE_OWN_VIDEOS: "no yes yes yes",
    Action.DELETE_ANY_VIDEO: "no no yes yes",
    Action.BAN_USERS: "no no yes yes",
    Action.VIEW_OWN_ANALYTICS: "no yes yes yes",
    Action.VIEW_ALL_ANALYTICS: "no no yes yes",
    Action.MANAGE_ROLES: "no no no yes",
    Action.ADMIN_API: "no no yes yes",
}


@pytest.mark.parametrize("action", Action)
def test_each_row(action: Action) -> None:
    verdicts = ["yes" if is_allowed(role, action) else "no" for role in Role]
    assert verdicts == TABLE[action].split()


def test_the_table_is_whole() -> None:
    assert set(MATRIX) == set(Action)
    assert permissions_of(Role.USER) == ["watch"]
