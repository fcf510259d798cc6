"""Cursors of lists by time and id."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from kit.errors import Invalid


def instant_and_id(after: Sequence[Any] | None) -> tuple[datetime, UUID] | None:
    """The sort key of the last row seen. Raises Invalid for a cursor of another list."""
    if after is None:
        return None
    try:
        instant, row_id = datetime.fromisoformat(str(after[0])), UUID(str(after[1]))
    except (ValueError, IndexError) as error:
        raise _unreadable() from error
    if instant.tzinfo is None:
        raise _unreadable()
    return instant, row_id


def text_and_id(after: Sequence[Any] | None) -> tuple[str, UUID] | None:
    """The same for a list by a text. Raises Invalid."""
    if after is None:
        return None
    try:
        return str(after[0]), UUID(str(after[1]))
    except (ValueError, IndexError) as error:
        raise _unreadable() from error


def id_alone(after: Sequence[Any] | None) -> UUID | None:
    """The same for a list by id alone. Raises Invalid."""
    if after is None:
        return None
    try:
        return UUID(str(after[0]))
    except (ValueError, IndexError) as error:
        raise _unreadable() from error


def _unreadable() -> Invalid:
    return Invalid("cursor_invalid", "This cursor can't be read; start again without one")
