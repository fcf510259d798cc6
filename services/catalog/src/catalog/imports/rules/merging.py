"""A product and its variant as a row wants them: what it doesn't say stays as it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from catalog.imports.rows import Row
from catalog.producers.rules import Place, fold
from catalog.products.rules import Conservation, Deposit, Product, Terms, Variant, VariantDraft, Wording, with_draft
from contracts.values import Location
from kit.errors import Invalid


@dataclass(frozen=True)
class Import:
    """How rows are taken."""

    terms: Terms
    now: datetime
    new_id: Callable[[], UUID]
    publish: bool
    #: What the format calls our fields, where it has another word.
    columns: Mapping[str, str]


def agrees(product: Product, variant: Variant | None, first: Row | None, row: Row) -> None:
    """Raises Invalid where rows of one product contradict each other."""
    others = [one for one in product.offered if variant is None or one.id != variant.id]
    if others and fold(_in_a_cell(row.name)) != fold(_in_a_cell(product.name)):
        raise Invalid("differs", "Differs from the product's other variants", field="/name_of_product")
    if first is None:
        return
    pairs = (
        ("category", first.category, row.category),
        ("kind", first.kind, row.kind),
        ("description", first.description, row.description),
        ("practices", first.practices, row.practices),
        ("contains", first.allergens, row.allergens),
        ("conservation", first.conservation, row.conservation),
        ("place", first.place, row.place),
    )
    for name, said, says in pairs:
        if says and says != said:
            raise Invalid("differs", "Differs from row {row} of the same product", field=f"/{name}", row=first.row)


def with_row(
    product: Product | None, variant: Variant | None, member_id: UUID, row: Row, how: Import
) -> tuple[Product, Variant]:
    """The product as the row wants it, and the variant in it that the row speaks of."""
    # A price that stays is not set again: it has its tax in it, or not, as when it was set.
    kept = variant is not None and variant.price == row.price and row.tax_included is None
    draft = VariantDraft(
        name=row.variant if variant is None else _said(row.variant, variant.name),
        sku=_said(row.sku, variant.sku or "") or None if variant is not None else row.sku,
        unit=row.unit,
        price=None if kept else row.price,
        case_size=row.case_size,
        step=row.first_step if row.step is None and variant is None else row.step,
        minimum=row.minimum,
        variable_weight=row.variable_weight,
        credit_share=row.credit_share,
        policy=row.policy,
        on_hand=row.on_hand,
        tax_included=how.terms.prices_include_tax if row.tax_included is None else row.tax_included,
        net_content=row.net_content,
        tax_rate=row.tax_rate,
        deposit=_charged(variant, row.deposit),
        piece_weight=row.piece_weight,
        season=row.season,
    )
    taken = with_draft(variant, draft, how.now, variant.id if variant else how.new_id(), "")
    if product is None:
        new = Product(
            how.new_id(),
            member_id,
            row.kind or "good",
            row.name,
            row.description or "",
            row.category,
            row.practices or (),
            "draft",
            1,
            (taken,),
            row.translations or {},
            row.allergens,
            row.conservation,
            row.place,
        )
        return new, taken
    if variant is None:
        others = tuple(one for one in product.variants if one not in product.offered)
        variants = (*product.offered, taken, *others)
    else:
        variants = tuple(taken if one.id == taken.id else one for one in product.variants)
    after = replace(
        product,
        name=_said(row.name, product.name),
        kind=row.kind or product.kind,
        description=_said(row.description, product.description),
        category=row.category,
        practices=row.practices or product.practices,
        variants=variants,
        translations=_translated(product, row),
        allergens=row.allergens or product.allergens,
        conservation=_kept(product.conservation, row.conservation),
        place=_placed(product.place, row.place),
    )
    return after, taken


def _said(text: str | None, before: str) -> str:
    """The text of a cell, unless it is what was there as far as a spreadsheet can hold it."""
    return before if not text or _in_a_cell(text) == _in_a_cell(before) else text


def _in_a_cell(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (letter for letter in lines if letter in "\t\n" or (letter >= " " and letter not in "\ufffe\uffff"))
    return "".join(kept).strip()


def _charged(before: Variant | None, said: Deposit | None) -> Deposit | None:
    if before is None or before.deposit is None or said is None:
        return said
    return Deposit(_said(said.name, before.deposit.name), said.price)


def _translated(product: Product, row: Row) -> Mapping[str, Wording]:
    said = {}
    for tag, wording in (row.translations or {}).items():
        before = product.translations.get(tag, Wording(""))
        said[tag] = Wording(_said(wording.name, before.name), _said(wording.description, before.description))
    return {**product.translations, **said}


def _kept(before: Conservation | None, said: Conservation | None) -> Conservation | None:
    if before is None or said is None:
        return said or before
    days = before.shelf_life_days if said.shelf_life_days is None else said.shelf_life_days
    return Conservation(said.storage or before.storage, days, _said(said.note, before.note))


def _placed(before: Place | None, said: Place | None) -> Place | None:
    if before is None or said is None:
        return said or before
    name = _said(said.name, before.name)
    same = said.location is None or (before.location is not None and _near(said.location, before.location))
    return Place(name, before.location if same else said.location)


def _near(one: Location, other: Location) -> bool:
    """The same point to seven decimals, which is a centimetre, and what a list writes."""
    return round(one.lat - other.lat, 7) == 0 and round(one.lon - other.lon, 7) == 0
