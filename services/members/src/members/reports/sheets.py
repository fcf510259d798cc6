"""A transparency report as a spreadsheet: one table, amounts with decimal points as in the JSON."""

from collections.abc import Callable, Iterator

from contracts.values import Money
from kit.sheets.writing import write_csv
from members.reports.rules.document import Line, TransparencyReport

#: What there is a column for.
COLUMNS = ("Section", "Code", "Name", "Expected", "Received", "Used", "Granted", "Left", "To be spent by")
_AMOUNTS = ("expected", "received", "used", "granted", "left")

type Say = Callable[[str], str]


def as_csv(report: TransparencyReport, language: str, say: Say) -> bytes:
    """Every line of the report, then what there was and is, which adds up."""
    return write_csv([say(column) for column in COLUMNS], _rows(report, language, say))


def _rows(report: TransparencyReport, language: str, say: Say) -> Iterator[list[str]]:
    for line in report.income:
        yield from _line(say("Income by source"), line, language)
    for use in report.uses:
        yield _row(say("Uses by purpose"), use.purpose, use.names[language], used=use.used)
    for line in report.apart:
        yield from _line(say("Apart from income"), line, language)
    for one in report.subsidies:
        grantor = one.grantor or say("A private grantor")
        name = " · ".join(part for part in (grantor, one.programme, one.reference) if part)
        yield [
            *_row(
                say("Each subsidy"),
                one.kind,
                name,
                received=one.received_through,
                used=one.spent_through,
                granted=one.granted,
                left=one.left,
            )[:-1],
            one.spend_by.isoformat() if one.spend_by else "",
        ]
    proof = report.reconciliation
    section = say("How it adds up")
    first, last = report.since.isoformat(), report.until.isoformat()
    yield _row(section, "opening", f"{say('Bank and cash before')} {first}", left=proof.opening)
    yield _row(section, "income", say("Income"), received=proof.income)
    yield _row(section, "apart", say("Apart from income"), received=proof.apart)
    yield _row(section, "used", say("Used"), used=proof.used)
    yield _row(section, "closing", f"{say('Bank and cash at the end of')} {last}", left=proof.closing)
    yield _row(section, "difference", say("Difference"), left=proof.difference)


def _line(section: str, line: Line, language: str) -> Iterator[list[str]]:
    yield _row(section, line.source, line.names[language], expected=line.expected, received=line.received)
    for part in line.parts:
        name = f"{line.names[language]}: {part.names[language]}"
        yield _row(section, f"{line.source}/{part.source}", name, expected=part.expected, received=part.received)


def _row(section: str, code: str, name: str, **amounts: Money | None) -> list[str]:
    cells = [format(money.amount, "f") if (money := amounts.get(column)) else "" for column in _AMOUNTS]
    return [section, code, name, *cells, ""]
