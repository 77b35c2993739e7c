"""The composition root of the process: real parts by default, others where a test gives them."""

from dataclasses import dataclass
from functools import lru_cache

from chalicelib.platform import settings as settings_module
from chalicelib.platform.cache import Cache
from chalicelib.platform.clock import Clock, SystemClock
from chalicelib.platform.configuration import Configuration
from chalicelib.platform.database import Database
from chalicelib.platform.mediaconvert import MediaConvert
from chalicelib.platform.queues import Events, Queues
from chalicelib.platform.secrets import Secrets
from chalicelib.platform.settings import Settings
from chalicelib.platform.signing import Signer
from chalicelib.platform.storage import Storage


@dataclass(frozen=True)
class Context:
    """Everything the domain needs from outside, in one place."""

    settings: Settings
    clock: Clock
    database: Database
    configuration: Configuration
    cache: Cache
    storage: Storage
    queues: Queues
    events: Events
    mediaconvert: MediaConvert
    signer: Signer


def build(settings: Settings) -> Context:
    """Put the real parts together; nothing connects before its first use."""
    clock = SystemClock()
    secrets = Secrets(settings)
    database = Database(lambda: secrets.database_url, clock)
    return Context(
        settings=settings,
        clock=clock,
        database=database,
        configuration=Configuration(database, clock),
        cache=Cache(settings.redis_url),
        storage=Storage(clock, settings.s3_public_endpoint_url),
        queues=Queues(),
        events=Events(),
        mediaconvert=MediaConvert(settings.mediaconvert_endpoint_url),
        signer=Signer(lambda: secrets.signing_key),
    )


@lru_cache(maxsize=1)
def current() -> Context:
    """Return this process's context, built from its environment at the first call."""
    return build(settings_module.load())
