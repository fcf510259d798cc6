"""The base of this service's tables."""

from kit.database import Base as KitBase
from kit.mail import table as letters
from kit.tables import service_metadata


class Base(KitBase):
    """Tables of the members service, with the kit's own and its letters among their metadata."""

    __abstract__ = True
    metadata = service_metadata()


letters.add_to(Base.metadata)
