"""Numbers that people speak: ``QRO-2026-0042`` is an order, ``QRO-OC-2026-0007`` a purchase order."""

from datetime import datetime
from zoneinfo import ZoneInfo


def order_number(prefix: str, zone: str, now: datetime, serial: int) -> str:
    """The number of an order; the year is that of the network's own calendar."""
    return f"{prefix}-{now.astimezone(ZoneInfo(zone)).year}-{serial:04d}"


def purchase_order_number(prefix: str, zone: str, now: datetime, serial: int) -> str:
    """The number of a purchase order (*orden de compra*)."""
    return f"{prefix}-OC-{now.astimezone(ZoneInfo(zone)).year}-{serial:04d}"
