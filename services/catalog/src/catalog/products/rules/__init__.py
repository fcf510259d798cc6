"""What is true of products without a database or a clock."""

from catalog.products.rules.drafts import ProductDraft, VariantDraft, changed, made, with_draft
from catalog.products.rules.lifecycle import following, on_day, published, shown, withdrawn
from catalog.products.rules.particulars import (
    Allergens,
    Conservation,
    Deposit,
    NetContent,
    Picture,
    PieceWeight,
    Session,
    Wording,
)
from catalog.products.rules.products import (
    FINEST,
    MOST_SESSIONS,
    MOST_VARIANTS,
    STEPS,
    Product,
    Status,
    Terms,
    Variant,
    check,
    faults,
    sizes,
    variant_faults,
)
from catalog.products.rules.seasons import SOON, Window, in_season, next_change
from catalog.products.rules.sessions import with_sessions, without_sessions

__all__ = [
    "FINEST",
    "MOST_SESSIONS",
    "MOST_VARIANTS",
    "SOON",
    "STEPS",
    "Allergens",
    "Conservation",
    "Deposit",
    "NetContent",
    "Picture",
    "PieceWeight",
    "Product",
    "ProductDraft",
    "Session",
    "Status",
    "Terms",
    "Variant",
    "VariantDraft",
    "Window",
    "Wording",
    "changed",
    "check",
    "faults",
    "following",
    "in_season",
    "made",
    "next_change",
    "on_day",
    "published",
    "shown",
    "sizes",
    "variant_faults",
    "with_draft",
    "with_sessions",
    "withdrawn",
    "without_sessions",
]
