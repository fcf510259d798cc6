"""How the fund's letters and papers are worded: in the member's language, as its country writes dates and amounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from contracts.values import Money
from kit.language import LANGUAGES, texts_of


@dataclass(frozen=True)
class Voice:
    """Speaks a language; Spanish, the networks' first, where there are no texts in it yet."""

    language: str
    locale: Locale

    @classmethod
    def of(cls, language: str, country: str) -> "Voice":
        spoken = language if language in LANGUAGES else LANGUAGES[0]
        try:
            return cls(spoken, Locale.parse(f"{spoken}_{country}"))
        except (UnknownLocaleError, ValueError):
            return cls(spoken, Locale.parse(spoken))

    def say(self, message: str, params: Mapping[str, object] | None = None) -> str:
        return texts_of("members").say(self.language, message, params)

    def money(self, money: Money) -> str:
        """Such as ``60,00 €`` or ``$1,250.00``."""
        return format_currency(money.amount, money.currency, locale=self.locale)

    def number(self, number: Decimal) -> str:
        return format_decimal(number, locale=self.locale)

    def day(self, day: date) -> str:
        return format_date(day, format="long", locale=self.locale)
