"""Migrations on a real PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from infra.migrate import MigrationError, migrate

FIRST = "0001_first.sql"
SECOND = "0002_second.sql"


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(name)))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / FIRST).write_text("CREATE TABLE runs (at timestamptz DEFAULT clock_timestamp());")
    (tmp_path / SECOND).write_text("INSERT INTO runs DEFAULT VALUES; SELECT pg_sleep(0.2);")
    return tmp_path


def test_the_projects_own_migrations_apply_and_then_there_is_nothing_left(empty_url: str) -> None:
    assert migrate(empty_url)[0].startswith("0001_")
    assert migrate(empty_url) == []


def test_several_at_once_apply_each_file_once(empty_url: str, directory: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: migrate(empty_url, directory), range(4)))
    assert sorted(results) == [[], [], [], [FIRST, SECOND]]
    assert _count(empty_url, "runs") == 1


def test_only_what_is_new_is_applied(empty_url: str, directory: Path) -> None:
    migrate(empty_url, directory)
    (directory / "0003_third.sql").write_text("INSERT INTO runs DEFAULT VALUES;")
    assert migrate(empty_url, directory) == ["0003_third.sql"]


def test_a_file_that_fails_leaves_nothing_of_itself_and_is_named(
    empty_url: str, directory: Path
) -> None:
    (directory / "0003_third.sql").write_text("DELETE FROM runs; SELECT 1 / 0;")
    with pytest.raises(MigrationError, match=r"0003_third\.sql: division by zero"):
        migrate(empty_url, directory)
    assert _count(empty_url, "runs") == 1
    assert _count(empty_url, "schema_migrations") == 2


def test_a_changed_file_is_named(empty_url: str, directory: Path) -> None:
    migrate(empty_url, directory)
    (directory / FIRST).write_text("CREATE TABLE runs (at timestamptz);")
    with pytest.raises(MigrationError, match=r"0001_first\.sql was changed after"):
        migrate(empty_url, directory)


def test_a_database_from_a_newer_version_is_left_alone(empty_url: str, directory: Path) -> None:
    migrate(empty_url, directory)
    (directory / SECOND).unlink()
    with pytest.raises(MigrationError, match=r"0002_second\.sql was applied but is not here"):
        migrate(empty_url, directory)


@pytest.mark.parametrize("name", ["0004_gap.sql", "0002_again.sql", "3_short.sql", "0003-dash.sql"])
def test_numbers_have_no_gaps_and_no_doubles(empty_url: str, directory: Path, name: str) -> None:
    (directory / name).write_text("SELECT 1;")
    with pytest.raises(MigrationError, match="expected a name that begins with"):
        migrate(empty_url, directory)
    with psycopg.connect(empty_url) as connection:
        found = connection.execute("SELECT to_regclass('schema_migrations')").fetchone()
        assert found == (None,)


def test_an_unreachable_database_is_said(directory: Path) -> None:
    with pytest.raises(MigrationError, match="not reachable"):
        migrate("postgresql://nobody@127.0.0.1:1/none", directory)


def _count(url: str, table: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
        assert row is not None
        return int(row[0])
