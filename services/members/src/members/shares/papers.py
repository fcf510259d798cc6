"""The register as a spreadsheet, and a member's certificate on paper."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency

from contracts.values import Money, plain
from kit.language import LANGUAGES, Texts
from kit.paper import FAMILY, Sheet
from kit.sheets.writing import write_csv
from members.membership.rules import MemberRecord
from members.settings import Settings
from members.shares.rules import Holding, Kind
from members.shares.service import Recorded

COLUMNS = (
    "Number",
    "Date",
    "Operation",
    "Member number",
    "Member",
    "Value of a share",
    "Shares subscribed",
    "Shares paid",
    "Capital",
    "Note",
)
OPERATIONS: dict[Kind, str] = {
    "subscribed": "Subscribed",
    "paid": "Paid up",
    "transferred": "Transferred",
    "redeemed": "Redeemed",
    "reversed": "Reversed",
}


def register_csv(found: Sequence[Recorded], say: Callable[[str], str]) -> bytes:
    """The register, one row for each value that an operation changed; decimal points, as in the JSON."""
    return write_csv([say(column) for column in COLUMNS], _rows(found, say))


def _rows(found: Sequence[Recorded], say: Callable[[str], str]) -> Iterator[list[str]]:
    for one in found:
        for line in one.lines:
            entry = line.entry
            yield [
                one.operation.number,
                one.operation.dated.isoformat(),
                say(OPERATIONS[one.operation.kind]),
                line.member_number or "",
                line.member_name,
                plain(Money.of_minor(entry.value, entry.currency).amount),
                str(entry.subscribed),
                str(entry.paid),
                format(Money.of_minor(entry.value * entry.paid, entry.currency).amount, "f"),
                one.operation.note,
            ]


def certificate(
    member: MemberRecord, found: Sequence[Holding], settings: Settings, texts: Texts, printed_at: datetime
) -> bytes:
    """What the register has of a member's shares on that day, for the member to keep."""
    language = member.language if member.language in LANGUAGES else LANGUAGES[0]
    locale = _locale(language, settings.country)
    network = settings.legal_name or settings.name or settings.network

    def say(text: str, **params: object) -> str:
        return texts.say(language, text, params or None)

    def money(minor: int) -> str:
        return format_currency(Money.of_minor(minor, settings.currency).amount, settings.currency, locale=locale)

    sheet = Sheet(f"{say('Certificate of shares')} · {member.number or member.name}", printed_at)
    sheet.set_lang(language)
    sheet.text_line(network, 11)
    sheet.text_line(say("Certificate of shares"), 20, "B")
    sheet.ln(6)
    day = format_date(printed_at.date(), "long", locale=locale)
    who = " · ".join(part for part in (member.name, member.number, member.tax_id) if part)
    sheet.text_line(say("On {day} the register of share capital has, in the name of", day=day), 11)
    sheet.ln(2)
    sheet.text_line(who, 14, "B")
    sheet.ln(4)
    paid = sum(one.paid for one in found)
    capital = sum(one.paid * one.value for one in found)
    sheet.text_line(say("Shares paid in full: {shares}, worth {capital}", shares=paid, capital=money(capital)), 14, "B")
    if unpaid := sum(one.subscribed - one.paid for one in found):
        sheet.text_line(say("Subscribed and not paid yet: {shares}", shares=unpaid), 11)
    sheet.ln(4)
    if found:
        _table(
            sheet, found, [say(text) for text in ("Since", "Value of a share", "Shares paid", "Capital")], money, locale
        )
    sheet.ln(24)
    sheet.text_line("_" * 40, 10)
    sheet.text_line(network, 10)
    return bytes(sheet.output())


def _table(
    sheet: Sheet, found: Sequence[Holding], headings: Sequence[str], money: Callable[[int], str], locale: Locale
) -> None:
    sheet.set_font(FAMILY, "", 10)
    with sheet.table(
        col_widths=(40, 45, 35, 45), line_height=6, text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT"), width=165, align="L"
    ) as table:
        table.row(headings)
        for one in found:
            since = format_date(one.since, "medium", locale=locale)
            table.row((since, money(one.value), str(one.paid), money(one.paid * one.value)))


def _locale(language: str, country: str) -> Locale:
    try:
        return Locale(language, country)
    except UnknownLocaleError:
        return Locale(language)
