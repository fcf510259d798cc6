"""Values that cross the wire: money, quantities, places.

Amounts travel as decimal strings, never as JSON numbers: a float has lost cents before anyone can check it.
"""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator
from pydantic_core import PydanticCustomError

#: Digits after the point, by currency code; ISO 4217 for money, the networks' own word for community credit.
SCALES = {"MXN": 2, "EUR": 2, "USD": 2, "HOUR": 2, "TUMIN": 2}

#: Nothing that a network sells or weighs comes near it; what does is a slip of the finger.
LARGEST_QUANTITY = Decimal(1_000_000)
LARGEST_AMOUNT = Decimal(1_000_000_000_000)


def scale(currency: str) -> int:
    """Digits after the point that amounts of this currency may have. Raises KeyError for one nobody declared."""
    return SCALES[currency]


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: ``Decimal("2.50")`` is ``"2.5"``."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimal_text(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | Decimal):
        raise PydanticCustomError("decimal_string", 'Write it as a decimal string, such as "12.50"')
    if isinstance(value, str) and ("e" in value.lower() or "_" in value or value != value.strip()):
        raise PydanticCustomError("decimal_string", 'Write it as a decimal string, such as "12.50"')
    return value


def _bounded_quantity(value: Decimal) -> Decimal:
    if value >= LARGEST_QUANTITY:
        raise PydanticCustomError("quantity_too_large", "Must be less than {limit}", {"limit": str(LARGEST_QUANTITY)})
    return value


_Text = Annotated[
    Decimal,
    BeforeValidator(_decimal_text, json_schema_input_type=str),
    Field(allow_inf_nan=False, decimal_places=3),
    PlainSerializer(plain, return_type=str),
]

#: A quantity of some unit (UN/ECE Rec. 20: KGM, LTR, H87, HUR), at most three decimals, zero or more.
Quantity = Annotated[_Text, Field(ge=0, examples=["2.5"]), AfterValidator(_bounded_quantity)]
#: The same, but more than nothing.
PositiveQuantity = Annotated[_Text, Field(gt=0, examples=["2"]), AfterValidator(_bounded_quantity)]


class Value(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Money(Value):
    """An exact amount of one currency; community credit is a currency like another."""

    amount: Annotated[
        Decimal,
        BeforeValidator(_decimal_text, json_schema_input_type=str),
        Field(allow_inf_nan=False, gt=-LARGEST_AMOUNT, lt=LARGEST_AMOUNT, examples=["12.50"]),
        PlainSerializer(lambda amount: format(amount, "f"), return_type=str),
    ]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3,8}$", examples=["MXN"], description="Currency code")]

    @model_validator(mode="after")
    def _fits_the_currency(self) -> Self:
        digits = SCALES.get(self.currency)
        if digits is None:
            known = ", ".join(sorted(SCALES))
            raise PydanticCustomError("currency_unknown", "Unknown currency; known are {known}", {"known": known})
        exponent = self.amount.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > digits:
            raise PydanticCustomError(
                "money_decimals",
                "{currency} has at most {digits} decimals",
                {"currency": self.currency, "digits": digits},
            )
        # Always written with all its digits, so that equal amounts are equal text.
        object.__setattr__(self, "amount", self.amount.quantize(Decimal(1).scaleb(-digits)))
        return self

    @property
    def minor(self) -> int:
        """The amount in the currency's smallest unit (cents), exact."""
        return int(self.amount.scaleb(SCALES[self.currency]))

    @classmethod
    def of_minor(cls, minor: int, currency: str) -> Self:
        """Money from an integer of smallest units: ``Money.of_minor(1250, "MXN")`` is 12.50 MXN."""
        return cls(amount=Decimal(minor).scaleb(-SCALES[currency]), currency=currency)


class Location(Value):
    """A point on the earth in WGS 84 degrees."""

    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, description="Latitude, degrees north")]
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, description="Longitude, degrees east")]
