"""Settings name what is wrong with them."""

import pytest

from chalicelib.platform.settings import SettingsError, load

GIVEN = {
    "STAGE": "local",
    "DATABASE_URL": "postgresql://someone:secret@127.0.0.1/clipwave",
    "REDIS_URL": "redis://127.0.0.1",
    "SIGNING_SECRET": "hush",
    "PUBLIC_ORIGIN": "http://localhost:8000",
    "UPLOADS_BUCKET": "uploads",
    "MEDIA_BUCKET": "media",
    "AUDIT_BUCKET": "audit",
    "ARCHIVE_BUCKET": "archive",
    "UPLOADS_QUEUE_URL": "http://queue/uploads",
    "FAST_QUEUE_URL": "http://queue/fast",
    "TRANSCODE_QUEUE_URL": "http://queue/transcode",
    "BACKGROUND_QUEUE_URL": "http://queue/background",
    "FINISH_QUEUE_URL": "http://queue/finish",
    "FEEDS_QUEUE_URL": "http://queue/feeds",
    "WATCH_EVENTS_QUEUE_URL": "http://queue/watch-events",
    "ADMIN_JOBS_QUEUE_URL": "http://queue/admin-jobs",
}


def test_complete_settings_load() -> None:
    settings = load(GIVEN)
    assert settings.uploads_bucket == "uploads"
    assert settings.secure_cookies is False


@pytest.mark.parametrize("key", sorted(GIVEN))
def test_a_missing_setting_is_named(key: str) -> None:
    with pytest.raises(SettingsError, match=key):
        load({name: value for name, value in GIVEN.items() if name != key})


def test_secrets_may_come_by_name_instead() -> None:
    given = {name: GIVEN[name] for name in GIVEN if name not in ("DATABASE_URL", "SIGNING_SECRET")}
    assert load({**given, "SECRETS_NAME": "clipwave/prod"}).secrets_name == "clipwave/prod"


@pytest.mark.parametrize("origin", ["localhost:8000", "ftp://x", "https://x/path", "https://"])
def test_an_origin_must_be_one(origin: str) -> None:
    with pytest.raises(SettingsError, match="PUBLIC_ORIGIN"):
        load({**GIVEN, "PUBLIC_ORIGIN": origin})


def test_https_makes_cookies_secure() -> None:
    assert load({**GIVEN, "PUBLIC_ORIGIN": "https://clips.example"}).secure_cookies is True


def test_secrets_do_not_show() -> None:
    shown = repr(load(GIVEN))
    assert "secret@" not in shown
    assert "hush" not in shown


@pytest.mark.parametrize(
    ("key", "value"), [("TRANSCODER", "ffmpeg"), ("AV1_RUNGS", "yes"), ("AV1_RUNGS", "1")]
)
def test_choices_are_checked(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=key):
        load({**GIVEN, key: value})


def test_mediaconvert_needs_its_queue_and_role() -> None:
    given = {**GIVEN, "TRANSCODER": "mediaconvert", "MEDIACONVERT_QUEUE_ARN": "arn:queue"}
    with pytest.raises(SettingsError, match="MEDIACONVERT_ROLE_ARN"):
        load(given)
    assert (
        load({**given, "MEDIACONVERT_ROLE_ARN": "arn:role"}).mediaconvert_queue_arn == "arn:queue"
    )
