"""From what members ordered to whole cases."""

from decimal import Decimal


def whole_cases(quantity: Decimal, tolerance: Decimal, case_size: Decimal) -> int:
    """How many cases to order: as many as the quantity fills, and one more where tolerance fills it up.

    Tolerance never opens a case by itself. As in Foodsoft's group orders.
    """
    full, rest = divmod(quantity, case_size)
    one_more = rest > 0 and rest + tolerance >= case_size
    return int(full) + int(one_more)
