"""The base of this service's tables."""

from kit.database import Base as KitBase
from kit.tables import service_metadata


class Base(KitBase):
    __abstract__ = True
    metadata = service_metadata()
