"""From products to the contract's events."""

from catalog.photos.rules import addresses
from catalog.products.rules import Maker, Product, Variant, shown
from contracts.catalog import (
    AllergensState,
    ConservationState,
    DepositState,
    NetContentState,
    Part,
    PhotoState,
    PieceWeightState,
    PlaceState,
    ProductPublished,
    ProductState,
    ProductWithdrawn,
    SeasonWindow,
    SessionState,
    Translation,
    VariantState,
)


def published(product: Product, maker: Maker) -> ProductPublished:
    return _state(ProductPublished, product, maker)


def withdrawn(product: Product, maker: Maker) -> ProductWithdrawn:
    return _state(ProductWithdrawn, product, maker)


def _state[F: ProductState](fact: type[F], product: Product, maker: Maker) -> F:
    return fact(
        product_id=product.id,
        producer_id=product.member_id,
        producer_name=maker.name,
        kind=product.kind,
        name=product.name,
        description=product.description,
        category=product.category,
        practices=shown(product.practices, maker.withheld),
        variants=[_variant(variant) for variant in product.variants if variant.on_sale],
        translations={tag: Translation.model_validate(wording) for tag, wording in product.translations.items()},
        allergens=_part(AllergensState, product.allergens),
        conservation=_part(ConservationState, product.conservation),
        place=_part(PlaceState, product.place),
        photos=[PhotoState(id=one.id, caption=one.caption, sizes=addresses(one.id)) for one in product.photos],
    )


def _variant(variant: Variant) -> VariantState:
    return VariantState(
        variant_id=variant.id,
        name=variant.name,
        unit=variant.unit,
        price=variant.price,
        case_size=variant.case_size,
        step=variant.step,
        minimum=variant.minimum,
        variable_weight=variant.variable_weight,
        credit_share=variant.credit_share,
        stock_policy=variant.policy,
        net_content=_part(NetContentState, variant.net_content),
        tax_rate=variant.tax_rate,
        tax_included=variant.tax_included,
        deposit=_part(DepositState, variant.deposit),
        piece_weight=_part(PieceWeightState, variant.piece_weight),
        season=[SeasonWindow.model_validate(window) for window in variant.season],
        season_ends_on=variant.season_changes_on,
        session=_part(SessionState, variant.session),
    )


def _part[P: Part](part: type[P], value: object) -> P | None:
    return None if value is None else part.model_validate(value)
