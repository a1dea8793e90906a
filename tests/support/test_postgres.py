"""The server fixture: databases are apart, copies are true, and what is dropped is gone."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import make_url

from tests.support.postgres import PostgresServer


def connect(url: str) -> psycopg.Connection:
    parts = make_url(url)
    return psycopg.connect(host=str(parts.query["host"]), user=parts.username, dbname=parts.database)


def test_copy_of_a_database_holds_its_rows_and_lives_apart(postgres_server: PostgresServer) -> None:
    original = postgres_server.create()
    with connect(original) as connection:
        connection.execute("CREATE TABLE task AS SELECT 12 AS number")
    copy = postgres_server.create(template=original)
    with connect(copy) as connection:
        connection.execute("INSERT INTO task VALUES (13)")
        assert connection.execute("SELECT number FROM task ORDER BY 1").fetchall() == [(12,), (13,)]
    with connect(original) as connection:
        assert connection.execute("SELECT number FROM task").fetchall() == [(12,)]


def test_dropped_database_is_gone_even_while_somebody_is_connected(postgres_server: PostgresServer) -> None:
    url = postgres_server.create()
    with connect(url) as connection:
        postgres_server.drop(url)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        connect(url)


def test_database_of_a_test_is_empty(postgres_url: str) -> None:
    with connect(postgres_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
