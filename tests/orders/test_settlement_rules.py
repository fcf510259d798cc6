"""A cycle's books add up to zero, whatever was ordered, packed, paid and rejected."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from orders.cycles.rules.fees import Fee, Tariff
from orders.cycles.rules.hubs import HubFee
from orders.ordering.rules.pricing import Item
from orders.settlement.rules import Accepted, Entry, SoldLine, SoldOrder, parts, remaining, settle

CYCLE = UUID(int=7)
PRODUCERS = (UUID(int=101), UUID(int=102))
FEES = (
    Fee("Transport", "percent", Decimal("5.25"), "network"),
    Fee("Solidarity", "per_item", Decimal("0.35"), "fund"),
    Fee("Van", "flat", Decimal("12.50"), str(UUID(int=103))),
)

#: One of them has the name and the payee of a fee of the cycle.
hub_fees = st.lists(
    st.builds(
        HubFee,
        name=st.sampled_from(["Transport", "Cold room"]),
        payee=st.sampled_from(["network", "fund", str(UUID(int=103))]),
        minor=st.integers(1, 500),
    ),
    max_size=2,
    unique_by=lambda fee: fee.name,
).map(tuple)
lines = st.builds(
    SoldLine,
    producer_id=st.sampled_from(PRODUCERS),
    item=st.builds(
        Item,
        price=st.integers(0, 20_000),
        unit=st.sampled_from(["KGM", "H87"]),
        quantity=st.decimals(0, 30, places=3),
        credit_share=st.sampled_from([0, 50, 100]),
        fees=hub_fees,
    ),
)
sold = st.builds(
    SoldOrder,
    order_id=st.uuids(),
    member_id=st.uuids(),
    number=st.just("QRO-2026-0001"),
    lines=st.lists(lines, min_size=1, max_size=4).map(tuple),
    credit=st.integers(0, 50_000),
    cash=st.integers(0, 50_000),
)
deliveries = st.builds(
    Accepted,
    purchase_order_id=st.uuids(),
    producer_id=st.sampled_from(PRODUCERS),
    number=st.just("QRO-OC-2026-0001"),
    quantity=st.decimals(0, 200, places=3),
    price=st.fractions(0, 20_000, max_denominator=1000),
)


def flow(entries: list[Entry], account: str, currency: str) -> int:
    """What an account gets, less what it gives."""
    return sum(
        entry.minor * ((entry.credit == account) - (entry.debit == account))
        for entry in entries
        if entry.currency == currency
    )


@given(st.lists(sold, max_size=6, unique_by=lambda order: order.order_id), st.lists(deliveries, max_size=4))
def test_sales_end_at_zero_in_every_currency(orders: list[SoldOrder], accepted: list[Accepted]) -> None:
    entries = settle(CYCLE, Tariff("MXN", FEES), "TUMIN", orders, accepted)
    assert set(remaining(entries).values()) <= {0}
    assert len({entry.entry_id for entry in entries}) == len(entries)
    assert all(entry.minor > 0 for entry in entries)
    for producer in PRODUCERS:
        owed = sum(round(Fraction(line.quantity) * line.price) for line in accepted if line.producer_id == producer)
        got = sum(flow(entries, f"member:{producer}", currency) for currency in ("MXN", "TUMIN"))
        assert got == owed, "a producer gets what was accepted, in money and credit together"


@given(st.lists(sold, max_size=4, unique_by=lambda order: order.order_id))
def test_the_same_facts_give_the_same_transfers(orders: list[SoldOrder]) -> None:
    tariff = Tariff("MXN", FEES)
    assert settle(CYCLE, tariff, "TUMIN", orders, []) == settle(CYCLE, tariff, "TUMIN", list(orders), [])


def test_cash_paid_at_pickup_leaves_the_account_as_it_was() -> None:
    member = uuid4()
    line = SoldLine(PRODUCERS[0], Item(2500, "KGM", Decimal(2)))
    order = SoldOrder(uuid4(), member, "QRO-2026-0001", (line,), cash=5000)
    delivery = Accepted(uuid4(), PRODUCERS[0], "QRO-OC-2026-0001", Decimal(2), Fraction(2500))
    entries = settle(CYCLE, Tariff("MXN"), None, [order], [delivery])
    assert flow(entries, f"member:{member}", "MXN") == 0
    assert flow(entries, "network:cash", "MXN") == -5000
    assert flow(entries, f"member:{PRODUCERS[0]}", "MXN") == 5000
    assert flow(entries, "network:difference", "MXN") == 0


def test_what_was_accepted_but_not_billed_is_the_networks() -> None:
    line = SoldLine(PRODUCERS[0], Item(1000, "KGM", Decimal("1.9")))
    order = SoldOrder(uuid4(), uuid4(), "QRO-2026-0001", (line,))
    delivery = Accepted(uuid4(), PRODUCERS[0], "QRO-OC-2026-0001", Decimal(2), Fraction(1000))
    entries = settle(CYCLE, Tariff("MXN"), None, [order], [delivery])
    assert flow(entries, "network:difference", "MXN") == -100


def test_credit_goes_to_the_producers_whose_lines_took_it() -> None:
    lines = (
        SoldLine(PRODUCERS[0], Item(1000, "H87", Decimal(3), 100)),
        SoldLine(PRODUCERS[1], Item(1000, "H87", Decimal(1), 100)),
    )
    order = SoldOrder(uuid4(), uuid4(), "QRO-2026-0001", lines, credit=2000)
    deliveries = [
        Accepted(uuid4(), PRODUCERS[0], "QRO-OC-2026-0001", Decimal(3), Fraction(1000)),
        Accepted(uuid4(), PRODUCERS[1], "QRO-OC-2026-0002", Decimal(1), Fraction(1000)),
    ]
    entries = settle(CYCLE, Tariff("MXN"), "TUMIN", [order], deliveries)
    assert [flow(entries, f"member:{producer}", "TUMIN") for producer in PRODUCERS] == [1500, 500]
    assert [flow(entries, f"member:{producer}", "MXN") for producer in PRODUCERS] == [1500, 500]


def test_transfers_are_split_into_parts_without_losing_one() -> None:
    orders = [
        SoldOrder(uuid4(), uuid4(), "QRO-2026-0001", (SoldLine(PRODUCERS[0], Item(100, "H87", Decimal(1))),))
        for _ in range(9)
    ]
    entries = settle(CYCLE, Tariff("MXN"), None, orders, [])
    split = parts(entries, 4)
    assert [len(part) for part in split] == [4, 4, 2]
    assert [entry for part in split for entry in part] == entries
    assert parts([], 4) == [[]]


def test_a_fee_of_a_hub_offer_goes_to_its_payee_with_that_of_the_cycle_of_the_same_name() -> None:
    cold = HubFee("Cold room", str(UUID(int=104)), 50)
    transport = HubFee("Transport", "network", 25)
    lines = (
        SoldLine(PRODUCERS[0], Item(1000, "KGM", Decimal(2), fees=(cold, transport))),
        SoldLine(PRODUCERS[0], Item(1000, "KGM", Decimal(1))),
    )
    tariff = Tariff("MXN", (Fee("Transport", "percent", Decimal(5), "network"),))
    accepted = [Accepted(uuid4(), PRODUCERS[0], "QRO-OC-1", Decimal(3), Fraction(1000))]
    entries = settle(CYCLE, tariff, None, [SoldOrder(uuid4(), uuid4(), "QRO-1", lines)], accepted)
    assert remaining(entries) == {"MXN": 0}
    assert flow(entries, f"member:{UUID(int=104)}", "MXN") == 100
    assert flow(entries, "network:fees", "MXN") == 150 + 50
    assert flow(entries, f"member:{PRODUCERS[0]}", "MXN") == 3000
    assert flow(entries, "network:difference", "MXN") == 0
