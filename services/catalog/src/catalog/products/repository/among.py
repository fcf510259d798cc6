"""A condition that many statements have."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, bindparam, func


def among(column: Any, ids: Collection[UUID]) -> ColumnElement[bool]:
    """The column is one of these ids: the same statement however many there are."""
    condition: ColumnElement[bool] = column == func.any(bindparam(None, list(ids), ARRAY(Uuid), unique=True))
    return condition
