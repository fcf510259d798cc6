"""A database and a role for each piece, and its migrations."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from embedded.postgres import Postgres
from local.place import Place

# Nothing is asked of the server's superuser afterwards: a piece owns its database and may not enter another's.
_CREATE = """
SELECT format('CREATE ROLE %I LOGIN', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \\gexec
ALTER ROLE :"name" LOGIN PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
"""


class MigrationError(Exception):
    """A piece's migrations failed; the message has the end of its log."""


def prepare(server: Postgres, place: Place, pieces: Sequence[str]) -> dict[str, str]:
    """Make what is missing and give each piece the address of its database."""
    urls = {}
    for piece in pieces:
        password = place.secret(f"database-{piece}")
        server.execute(_CREATE, name=piece, password=password)
        urls[piece] = server.url(piece, user=piece, password=password)
    return urls


def migrate(place: Place, environment: Mapping[str, str], urls: Mapping[str, str]) -> None:
    """Bring the databases up to their newest. Raises MigrationError.

    Broken off, by Ctrl-C say, it leaves each database at a migration's end: each runs in a transaction.
    """
    log = place.log("migrations")
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "local.migrating"],
            env=environment,
            input=json.dumps(dict(urls)).encode(),
            stdout=output,
            stderr=output,
            check=False,
        )
    if done.returncode != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise MigrationError(f"a migration failed; see {log}:\n{end}")
