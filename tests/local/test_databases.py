import subprocess
from pathlib import Path

import pytest

from embedded import postgres
from embedded.programs import postgres_programs
from local import databases
from local.databases import MigrationError
from local.place import place_of


def ask(url: str, sql: str) -> str:
    """Ask as a piece does, by its own address."""
    done = subprocess.run(
        [postgres_programs() / "psql", "-XqAt", url, "-c", sql], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or done.stderr


def test_a_piece_owns_its_database_and_may_not_enter_anothers(open_folder: Path) -> None:
    place = place_of("leon", base=open_folder)
    with postgres.running(place.postgres, settings=postgres.THROWAWAY_SETTINGS) as server:
        urls = databases.prepare(server, place, ["members", "directory"])
        assert databases.prepare(server, place, ["members", "directory"]) == urls
        assert ask(urls["members"], "CREATE TABLE mine (n int); SELECT current_user") == "members"
        assert "permission denied" in ask(urls["members"].removesuffix("members") + "directory", "SELECT 1")
        assert "permission denied" in ask(urls["members"], "CREATE DATABASE more")


def test_a_migration_that_fails_is_told_with_the_end_of_its_log(open_folder: Path) -> None:
    place = place_of("leon", base=open_folder)
    with pytest.raises(MigrationError, match=r"migrations\.log(?s:.*)no_such_piece"):
        databases.migrate(place, {}, {"no_such_piece": "postgresql://nobody@127.0.0.1:1/nothing"})
