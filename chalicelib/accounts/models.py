"""People as the domain sees them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here; each role can do what the permission matrix gives it."""

    USER = "user"
    CREATOR = "creator"
    MODERATOR = "moderator"
    ADMIN = "admin"


class Action(StrEnum):
    """What the permission matrix speaks of."""

    WATCH = "watch"
    UPLOAD = "upload"
    DELETE_OWN_VIDEOS = "delete_own_videos"
    DELETE_ANY_VIDEO = "delete_any_video"
    BAN_USERS = "ban_users"
    VIEW_OWN_ANALYTICS = "view_own_analytics"
    VIEW_ALL_ANALYTICS = "view_all_analytics"
    MANAGE_ROLES = "manage_roles"
    ADMIN_API = "admin_api"


@dataclass(frozen=True)
class UserRef:
    """A person as others meet them beside a video."""

    id: str
    username: str
    display_name: str


@dataclass(frozen=True)
class User(UserRef):
    """A person with everything only they may see. `row_id` never leaves the service."""

    row_id: int
    role: Role
    birth_date: date
    created_at: datetime
    email: str | None = None
    country: str | None = None
    language: str | None = None
    bio: str = ""
    interests: list[str] = field(default_factory=list)
    history_paused: bool = False
    hidden_keywords: list[str] = field(default_factory=list)
    follower_count: int = 0
    following_count: int = 0
    video_count: int = 0
    received_like_count: int = 0


@dataclass(frozen=True)
class Relationship:
    """How somebody stands to another person."""

    following: bool
    followed_by: bool
    blocking: bool
    blocked_by: bool


@dataclass(frozen=True)
class NewUser:
    """What registration needs; the password is already hashed."""

    username: str
    display_name: str
    password_hash: str = field(repr=False)
    birth_date: date
    email: str | None = None
    country: str | None = None
    language: str | None = None
    interests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Session:
    """A signed-in caller. `renew` asks for a fresh cookie: the expiry has rolled on."""

    user_row_id: int
    user_id: str
    role: Role
    expires_at: datetime
    renew: bool = False
