"""A database and a role for each piece, and its migrations."""

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


def migrate(place: Place, shared: Mapping[str, str], urls: Mapping[str, str]) -> None:
    """Bring the databases up to their newest, all pieces at once. Raises MigrationError."""
    started = {}
    for piece, url in urls.items():
        with place.log(f"{piece}-migrations").open("wb") as log:
            started[piece] = subprocess.Popen(
                [sys.executable, "-m", "kit.migrations", piece],
                env={**shared, "TRAMA_DATABASE_URL": url},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
    failed = [piece for piece, process in started.items() if process.wait() != 0]
    if failed:
        log_file = place.log(f"{failed[0]}-migrations")
        end = "\n".join(log_file.read_text(errors="replace").splitlines()[-15:])
        raise MigrationError(f"the migrations of {', '.join(failed)} failed; see {log_file}:\n{end}")
