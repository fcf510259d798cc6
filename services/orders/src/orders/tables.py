"""All tables of this service, whichever room declares them."""

from orders.base import Base
from orders.cycles import models as cycles
from orders.ordering import models as ordering
from orders.purchasing import models as purchasing
from orders.recalls import models as recalls
from orders.receiving import models as receiving
from orders.settlement import models as settlement

__all__ = ["METADATA", "cycles", "ordering", "purchasing", "recalls", "receiving", "settlement"]

METADATA = Base.metadata
