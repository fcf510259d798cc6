"""A transparency report on paper."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from fpdf.enums import Align
from fpdf.fonts import FontFace

from contracts.values import Money
from kit.paper import FAMILY, Sheet
from members.dues.documents import Writing
from members.reports import chart
from members.reports.rules.document import Line, Series, TransparencyReport

#: Bars that a chart has before the rest is put together.
_MOST_BARS = 15
#: The greys of the two charts: they need not be told apart, each has its title.
_GREY = {"income": 90, "uses": 170}

type Row = Sequence[str]


def as_pdf(report: TransparencyReport, writing: Writing, printed_at: datetime, *, digest: str = "") -> bytes:
    """The report as a PDF. ``digest`` is that of a published one."""
    printed = _Printed(report, writing, printed_at)
    printed.head(digest)
    for series in report.chart:
        printed.chart(series)
    printed.income()
    printed.uses()
    printed.subsidies()
    printed.left()
    printed.proof()
    return bytes(printed.sheet.output())


class _Printed:
    """A report that is being written on a sheet."""

    def __init__(self, report: TransparencyReport, writing: Writing, printed_at: datetime) -> None:
        self.report = report
        self.writing = writing
        self.sheet = Sheet(f"{report.network} · {self.say('Transparency report')}", printed_at)
        self.sheet.set_lang(writing.language)

    def say(self, text: str, **params: object) -> str:
        return self.writing.texts.say(self.writing.language, text, params or None)

    def name(self, names: dict[str, str]) -> str:
        return names[self.writing.language]

    def money(self, money: Money | None) -> str:
        return "–" if money is None else self.writing.money(money.minor, money.currency)

    def day(self, day: date | None) -> str:
        return "–" if day is None else self.writing.short_day(day)

    def title(self, text: str, room: float = 40) -> None:
        """A heading, on a new page if there is no room left for some of what follows."""
        if self.sheet.will_page_break(room):
            self.sheet.add_page()
        self.sheet.ln(4)
        self.sheet.text_line(text, 13, "B")
        self.sheet.ln(1)

    def table(self, headings: Row, rows: Sequence[Row], widths: Sequence[float], *, bold_last: bool = False) -> None:
        """The first column reads, the others are figures."""
        self.sheet.set_font(FAMILY, "", 9)
        align = (Align.L, *(Align.R for _ in headings[1:]))
        head = FontFace(emphasis="BOLD", fill_color=235)
        with self.sheet.table(
            col_widths=tuple(widths), line_height=5, text_align=align, headings_style=head, padding=(0.5, 1)
        ) as table:
            table.row(headings)
            for place, row in enumerate(rows):
                last = bold_last and place == len(rows) - 1
                table.row(row, style=FontFace(emphasis="BOLD") if last else None)

    def head(self, digest: str) -> None:
        report, proof = self.report, self.report.reconciliation
        since, until = self.writing.day(report.since), self.writing.day(report.until)
        self.sheet.text_line(report.network, 11)
        self.sheet.text_line(self.say("Transparency report"), 20, "B")
        self.sheet.text_line(self.say("From {since} to {until}", since=since, until=until), 12)
        if digest:
            self.sheet.text_line(self.say("Published. Digest (SHA-256): {digest}", digest=digest), 8)
        self.sheet.ln(3)
        text = self.say(
            "There was {opening}. {income} came in and {used} was used. There is {closing} at the end.",
            opening=self.money(proof.opening),
            income=self.money(proof.income),
            used=self.money(proof.used),
            closing=self.money(proof.closing),
        )
        self.sheet.text_line(text, 11)
        if report.reconciliation.apart.minor:
            self.sheet.text_line(
                self.say(
                    "Capital, the fund and members' accounts changed by {apart}; that is no income.",
                    apart=self.money(proof.apart),
                ),
                11,
            )

    def chart(self, series: Series) -> None:
        self.title(self.name(series.names))
        if not series.bars:
            self.sheet.text_line(self.say("Nothing in these days"), 10)
            return
        shown = series.bars if len(series.bars) <= _MOST_BARS else series.bars[: _MOST_BARS - 1]
        longest = series.bars[0].amount.minor
        bars = [
            chart.Drawn(
                self.name(bar.names), bar.amount.minor / longest, f"{self.money(bar.amount)} · {self.share(bar.share)}"
            )
            for bar in shown
        ]
        if rest := series.bars[len(shown) :]:
            amount = sum(bar.amount.minor for bar in rest)
            bars.append(
                chart.Drawn(
                    self.say("{count} more", count=len(rest)),
                    min(1, amount / longest),
                    self.writing.money(amount, self.report.currency),
                )
            )
        chart.draw(self.sheet, bars, dark=_GREY[series.code])

    def share(self, share: str) -> str:
        return f"{self.writing.percent(Decimal(share))} %"

    def income(self) -> None:
        self.title(self.say("Income by source"))
        rows = [row for line in self.report.income for row in self.line(line)]
        total = (self.say("Total"), self.money(self.report.income_expected), self.money(self.report.income_received))
        headings = (self.say("Source"), self.say("Expected"), self.say("Received"))
        self.table(headings, [*rows, total], (100, 45, 45), bold_last=True)
        self.title(self.say("Apart from income"))
        rows = [row for line in self.report.apart for row in self.line(line)]
        total = (self.say("Total"), "", self.money(self.report.reconciliation.apart))
        self.table(headings, [*rows, total], (100, 45, 45), bold_last=True)

    def line(self, line: Line) -> list[Row]:
        parts = [
            (f"     {self.name(part.names)}", self.money(part.expected), self.money(part.received))
            for part in line.parts
        ]
        return [(self.name(line.names), self.money(line.expected), self.money(line.received)), *parts]

    def uses(self) -> None:
        self.title(self.say("Uses by purpose"))
        rows = [(self.name(use.names), self.money(use.used)) for use in self.report.uses]
        total = (self.say("Total"), self.money(self.report.used))
        self.table((self.say("Purpose"), self.say("Used")), [*rows, total], (145, 45), bold_last=True)

    def subsidies(self) -> None:
        if not self.report.subsidies:
            return
        self.title(self.say("Each subsidy"))
        headings = ("Subsidy", "Granted", "Received", "Spent", "Left", "To be spent by")
        rows = [
            (
                "\n".join(
                    part
                    for part in (
                        one.grantor or self.say("A private grantor"),
                        " · ".join(part for part in (one.programme, one.reference) if part),
                    )
                    if part
                ),
                self.money(one.granted),
                self.money(one.received_through),
                self.money(one.spent_through),
                self.money(one.left),
                self.day(one.spend_by),
            )
            for one in self.report.subsidies
        ]
        self.table([self.say(heading) for heading in headings], rows, (56, 27, 27, 27, 27, 26))

    def left(self) -> None:
        left = self.report.left
        self.title(self.say("What is left"))
        opening, closing = self.report.opening, self.report.closing
        rows: list[Row] = [
            (self.say("Bank"), self.money(opening.bank), self.money(closing.bank)),
            (self.say("Cash"), self.money(opening.cash), self.money(closing.cash)),
            (self.say("Total"), self.money(opening.total), self.money(closing.total)),
        ]
        self.table(("", self.say("Before"), self.say("At the end")), rows, (100, 45, 45), bold_last=True)
        self.sheet.ln(3)
        rows = [
            (self.say("Received of subsidies and not spent yet"), self.money(left.subsidies)),
            (self.say("Received for a purpose and not spent yet"), self.money(left.earmarked)),
            (self.say("Members' accounts"), self.money(left.members)),
            (self.say("Free"), self.money(left.free)),
        ]
        self.table((self.say("Of it"), ""), rows, (145, 45), bold_last=True)

    def proof(self) -> None:
        proof = self.report.reconciliation
        self.title(self.say("How it adds up"), 70)
        rows = [
            (self.say("Bank and cash before"), self.money(proof.opening)),
            (f"+ {self.say('Income')}", self.money(proof.income)),
            (f"+ {self.say('Apart from income')}", self.money(proof.apart)),
            (f"- {self.say('Used')}", self.money(proof.used)),
            (f"- {self.say('Bank and cash at the end, as the ledger has them')}", self.money(proof.closing)),
            (f"= {self.say('Difference')}", self.money(proof.difference)),
        ]
        self.table((self.say("From the ledger"), ""), rows, (145, 45), bold_last=True)
        self.sheet.ln(2)
        count = len(proof.accounts)
        said = (
            self.say("It adds up. All {count} accounts of the network's ledger are in it, each once.", count=count)
            if proof.holds
            else self.say("IT DOES NOT ADD UP: look at the ledger's check.")
        )
        self.sheet.text_line(said, 10, "B")
