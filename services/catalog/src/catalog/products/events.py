"""From products to the contract's events."""

from catalog.products.rules import Product
from contracts.catalog import ProductPublished, ProductState, ProductWithdrawn, VariantState


def published(product: Product, producer_name: str) -> ProductPublished:
    return _state(ProductPublished, product, producer_name)


def withdrawn(product: Product, producer_name: str) -> ProductWithdrawn:
    return _state(ProductWithdrawn, product, producer_name)


def _state[F: ProductState](fact: type[F], product: Product, producer_name: str) -> F:
    return fact(
        product_id=product.id,
        producer_id=product.member_id,
        producer_name=producer_name,
        kind=product.kind,
        name=product.name,
        description=product.description,
        category=product.category,
        practices=list(product.practices),
        variants=[
            VariantState(
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
            )
            for variant in product.offered
        ],
    )
