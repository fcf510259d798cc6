"""Sort keys of lists, as they come back in a cursor (``PageParams.key``)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from kit.paging import instant


def instant_and_id(key: Sequence[Any]) -> tuple[datetime, UUID]:
    return instant(key[0]), UUID(str(key[1]))


def text_and_id(key: Sequence[Any]) -> tuple[str, UUID]:
    return str(key[0]), UUID(str(key[1]))


def id_alone(key: Sequence[Any]) -> UUID:
    return UUID(str(key[0]))
