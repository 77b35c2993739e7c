"""The permission matrix: one table, asked by the API for every request."""

from collections.abc import Mapping

from chalicelib.accounts.models import Action, Role

_EVERYONE = frozenset(Role)
_CREATORS = frozenset({Role.CREATOR, Role.MODERATOR, Role.ADMIN})
_STAFF = frozenset({Role.MODERATOR, Role.ADMIN})

MATRIX: Mapping[Action, frozenset[Role]] = {
    Action.WATCH: _EVERYONE,
    Action.UPLOAD: _CREATORS,
    Action.DELETE_OWN_VIDEOS: _CREATORS,
    Action.DELETE_ANY_VIDEO: _STAFF,
    Action.BAN_USERS: _STAFF,
    Action.VIEW_OWN_ANALYTICS: _CREATORS,
    Action.VIEW_ALL_ANALYTICS: _STAFF,
    Action.MANAGE_ROLES: frozenset({Role.ADMIN}),
    Action.ADMIN_API: _STAFF,
}


def is_allowed(role: Role, action: Action) -> bool:
    """Whether somebody of this role may do this."""
    return role in MATRIX[action]


def permissions_of(role: Role) -> list[str]:
    """Return the names of all that a role may do, in the matrix's order."""
    return [action.value for action, roles in MATRIX.items() if role in roles]
