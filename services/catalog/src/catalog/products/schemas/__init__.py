"""Products over HTTP."""

from catalog.products.schemas.counted import FacetsOut
from catalog.products.schemas.shown import CategoryOut, PriceOut, ProductOut, TermOut
from catalog.products.schemas.written import ChangedProduct, NewPrice, NewProduct

__all__ = [
    "CategoryOut",
    "ChangedProduct",
    "FacetsOut",
    "NewPrice",
    "NewProduct",
    "PriceOut",
    "ProductOut",
    "TermOut",
]
