"""Processes that take broken files through the pipeline, each with a database of its own."""

import logging
import multiprocessing
import resource
import shutil
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast
from unittest import mock
from uuid import uuid4

import imageio_ffmpeg

from chalicelib.platform import context as context_module
from chalicelib.platform import settings as settings_module
from chalicelib.platform.cache import Cache
from chalicelib.platform.configuration import Configuration
from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from chalicelib.platform.mediaconvert import MediaConvert
from chalicelib.platform.signing import Signer
from tests.component.mutants import LIMIT_SECONDS, Ending, take_through
from tests.component.pipeline import Pipeline
from tests.fakes import DirectoryStorage, FrozenClock, RecordedEvents, RecordedQueues
from tests.gateway import Client
from tests.mutations import mutate

NOWHERE = "redis://127.0.0.1:9"  # the cache may be away
START_SECONDS, HUNG_SECONDS = 60, LIMIT_SECONDS + 30
MEMORY_UNIT = 1 << 20 if sys.platform == "darwin" else 1 << 10  # in a MiB, of what ru_maxrss counts


@dataclass(frozen=True)
class Case:
    """One file to break; what it may be spliced with is the `other`."""

    source: Path
    other: Path
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What became of a case; memory is the most that any child used so far, in MiB."""

    case: Case
    ending: Ending
    damages: tuple[str, ...]
    memory: int


class Worker:
    """A process that does one case after the other, and can be replaced when it hangs."""

    def __init__(self, url: str, root: Path) -> None:
        self._arguments = (url, root)
        self._start()

    def give(self, case: Case) -> None:
        """Let it begin with a case."""
        self.case, self._begun = case, time.monotonic()
        self.pipe.send(case)

    def take(self) -> Outcome | None:
        """Return what became of the case; None while nothing is known."""
        problem = ""
        if self.pipe.poll():
            try:
                return cast(Outcome, self.pipe.recv())
            except EOFError:
                problem = "the process died"
        elif time.monotonic() - self._begun > HUNG_SECONDS:
            problem = f"hung for {HUNG_SECONDS} s"
        if not problem:
            return None
        self.stop()
        self._start()
        ending = Ending("", time.monotonic() - self._begun, (problem,))
        return Outcome(self.case, ending, (), 0)

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.join()

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs, *self._arguments), daemon=True)
        self._process.start()
        theirs.close()
        if not self.pipe.poll(START_SECONDS):
            raise RuntimeError("a worker doesn't start")
        self.pipe.recv()


def _serve(pipe: Connection, url: str, root: Path) -> None:
    """Do cases as they come, in a process of their own."""
    logging.disable()
    shutil.rmtree(root, ignore_errors=True)
    scratch = root / "scratch"
    scratch.mkdir(parents=True)
    made = _context(url, root / "buckets")
    with mock.patch.object(context_module, "current", lambda: made):
        pipeline = Pipeline(made, _creator())
        pipe.send("ready")
        while True:
            pipe.send(_do(pipeline, pipe.recv(), scratch))


def _do(pipeline: Pipeline, case: Case, scratch: Path) -> Outcome:
    mutant = mutate(case.source.read_bytes(), case.seed, case.other.read_bytes())
    ending = take_through(pipeline, mutant.data, scratch)
    pipeline.queues.sent.clear()
    pipeline.events.put_events.clear()
    shutil.rmtree(pipeline.storage.root, ignore_errors=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Outcome(case, ending, mutant.damages, peak // MEMORY_UNIT)


def _context(url: str, buckets: Path) -> Context:
    queues = (
        "UPLOADS",
        "FAST",
        "TRANSCODE",
        "BACKGROUND",
        "FINISH",
        "FEEDS",
        "ADMIN_JOBS",
        "WATCH_EVENTS",
    )
    environ = {
        "STAGE": "test",
        "DATABASE_URL": url,
        "REDIS_URL": NOWHERE,
        "SIGNING_SECRET": "unused",
        "PUBLIC_ORIGIN": "http://localhost:8000",
        "UPLOADS_BUCKET": "uploads",
        "MEDIA_BUCKET": "media",
        "AUDIT_BUCKET": "audit",
        "ARCHIVE_BUCKET": "archive",
        "FFMPEG_PATH": imageio_ffmpeg.get_ffmpeg_exe(),
        **{f"{name}_QUEUE_URL": f"{name.lower()}-queue" for name in queues},
    }
    clock, database = FrozenClock(), Database(lambda: url)
    return Context(
        settings=settings_module.load(environ),
        clock=clock,
        database=database,
        configuration=Configuration(database, clock),
        cache=Cache(NOWHERE),
        storage=cast(Any, DirectoryStorage(buckets)),
        queues=cast(Any, RecordedQueues()),
        events=cast(Any, RecordedEvents()),
        mediaconvert=MediaConvert("http://127.0.0.1:9"),
        signer=Signer(lambda: b"a key for benchmarks"),
    )


def _creator() -> Client:
    client = Client()
    body = {"username": f"user_{uuid4().hex[:12]}", "password": uuid4().hex,
            "birth_date": "1990-05-17"}  # fmt: skip
    for path, sent in (("/auth/register", body), ("/users/me/creator", {"accept_terms": True})):
        answer = client.post(path, sent)
        if answer.status not in (200, 201):
            raise RuntimeError(answer.text)
    return client
