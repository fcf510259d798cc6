"""Letters as files in a folder, the newest few hundred of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

KEPT = 500


@dataclass(frozen=True)
class Caught:
    """A letter with its name, which is also when it came."""

    name: str
    letter: EmailMessage

    @property
    def text(self) -> str:
        """Its words; empty if it has none."""
        body = self.letter.get_body(("plain",))
        return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""

    @property
    def attachments(self) -> list[EmailMessage]:
        return list(self.letter.iter_attachments())


@dataclass(frozen=True)
class Box:
    """The folder; the names of its files sort by time."""

    folder: Path

    def keep(self, raw: bytes) -> None:
        """Put a letter in, and the oldest out."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        number = sum(1 for _ in self.folder.glob(f"{now}-*.eml"))
        unfinished = self.folder / f"{now}-{number}.unfinished"
        unfinished.write_bytes(raw)
        unfinished.rename(unfinished.with_suffix(".eml"))
        for old in self._files()[:-KEPT]:
            old.unlink(missing_ok=True)

    def letters(self) -> list[Caught]:
        """Give all letters, the oldest first."""
        return [_read(file) for file in self._files()]

    def letter(self, name: str) -> Caught | None:
        """Give the letter of that name."""
        return next((_read(file) for file in self._files() if file.stem == name), None)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.eml"))


def _read(file: Path) -> Caught:
    letter: Any = message_from_bytes(file.read_bytes(), policy=default)
    return Caught(file.stem, letter)
