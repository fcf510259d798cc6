"""Every table of this service, so that a migration can be compared with all of them."""

from catalog.base import Base
from catalog.guarantee import models as guarantee
from catalog.hubs import models as hubs
from catalog.lots import models as lots
from catalog.photos import models as photos
from catalog.prices import models as prices
from catalog.producers.models import Producer
from catalog.products.models import Price, Product, Variant
from catalog.recalls import models as recalls
from catalog.seasons import models as seasons
from catalog.sessions import models as sessions
from catalog.stock.models import Movement, Reservation, ReservedLine, Stock
from catalog.wants import models as wants

__all__ = ["Base", "Movement", "Price", "Producer", "Product", "Reservation", "ReservedLine", "Stock", "Variant"]

#: Rooms whose tables are many; importing them makes them known to ``Base``.
ROOMS = (guarantee, hubs, lots, photos, prices, recalls, seasons, sessions, wants)
