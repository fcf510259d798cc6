"""The tables of this service."""

from typing import Any

from sqlalchemy import Row

from kit.database import Base as KitBase
from kit.tables import service_metadata

#: A row whose columns its statement names.
type AnyRow = Row[*tuple[Any, ...]]


class Base(KitBase):
    """What every table class of this service derives from."""

    __abstract__ = True
    metadata = service_metadata()
