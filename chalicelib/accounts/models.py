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
    version: int = 1
    hidden: bool = False  # from all but the staff: banned, or leaving
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
    reported: bool


@dataclass(frozen=True)
class Acquaintance:
    """A person in a list of somebody's followers, of whom they follow or whom they block."""

    person: UserRef
    row_id: int
    since: datetime


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
class Account:
    """What decides whether somebody may sign in."""

    row_id: int
    id: str
    username: str
    role: Role
    password_hash: str = field(repr=False)
    banned_at: datetime | None
    banned_until: datetime | None
    ban_reason: str | None
    deleted_at: datetime | None
    purge_at: datetime | None
    purged_at: datetime | None

    def is_banned(self, now: datetime) -> bool:
        """Whether a ban is in force."""
        return self.banned_at is not None and (self.banned_until is None or self.banned_until > now)


@dataclass(frozen=True)
class OpenSession:
    """One of somebody's sessions, as they see it in a list."""

    id: str
    client: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    current: bool


@dataclass(frozen=True)
class Session:
    """A signed-in caller. `renew` asks for a fresh cookie: the expiry has rolled on."""

    user_row_id: int
    user_id: str
    role: Role
    expires_at: datetime
    renew: bool = False
