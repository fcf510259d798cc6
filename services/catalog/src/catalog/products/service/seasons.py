"""What comes into season goes on offer, and what goes out of it comes off, at the change of the day."""

from dataclasses import replace

from catalog.products import repository
from catalog.products.service.storing import Change, store
from kit.database import Work

#: Variants that one run of the job looks at.
RUN = 2_000


async def turn(work: Work) -> None:
    """Brings the products whose season changed by today up to date, and tells of them."""
    due = await repository.due_seasons(work, RUN)
    if not due:
        return
    products = await repository.load(work, due)
    # Storing looks at the day; what is on offer today is another state of the product.
    changes = [Change(product, replace(product, version=product.version + 1)) for product in products.values()]
    await store(work, changes, None)
