"""Kinds of cost, channels and comparisons in words: English texts for the catalogue of texts to say."""

from collections.abc import Callable, Mapping

from catalog.prices.rules.figures import Channel
from catalog.prices.rules.results import Compared, PartKind
from contracts.values import Money, plain
from kit.language import Words

type Say = Callable[[Words], str]

PARTS: Mapping[PartKind, Words] = {
    "labour": Words("Work"),
    "inputs": Words("Inputs"),
    "energy": Words("Energy"),
    "transport": Words("Transport to market"),
    "depreciation": Words("Wear of tools and buildings"),
    "other": Words("Other costs"),
    "margin": Words("Margin"),
    "shortfall": Words("Not covered"),
}
#: ``network`` is the price that the variant has in this network now.
CHANNELS: Mapping[Channel | str, Words] = {
    "network": Words("In this network"),
    "paid_now": Words("Paid to the producer"),
    "local": Words("Local market"),
    "national": Words("National market"),
    "export": Words("Export"),
    "fair": Words("Fair price"),
}
UNITS: Mapping[str, Words] = {
    "KGM": Words("per kilo"),
    "LTR": Words("per litre"),
    "H87": Words("per piece"),
    "HUR": Words("per hour"),
}


def money(minor: int, currency: str) -> str:
    """An amount as people read it."""
    return f"{Money.of_minor(minor, currency).amount:,} {currency}"


def compared_text(compared: Compared, currency: str) -> Words:
    """What a price says beside the cost."""
    if compared.gap == 0:
        return Words("The price is just the cost")
    amount = money(abs(compared.gap), currency)
    if compared.percent is None:
        return Words("The price is {amount} above the cost", {"amount": amount})
    percent = plain(abs(compared.percent))
    if compared.gap > 0:
        return Words("The price is {amount} above the cost ({percent} %)", {"amount": amount, "percent": percent})
    return Words("The price is {amount} below the cost ({percent} %)", {"amount": amount, "percent": percent})
