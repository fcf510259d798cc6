"""The result of a vote on paper: what was asked, by which rules, who took part and how it was counted."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from kit.paper import FAMILY, Sheet
from members.decisions import wording
from members.decisions.rules.counting import Result
from members.decisions.rules.proposals import Proposal
from members.decisions.wording import Say
from members.settings import Settings

type Shown = Callable[[datetime], str]


def as_pdf(proposal: Proposal, result: Result, objections: Sequence[str], say: Say, settings: Settings) -> bytes:
    """The minutes as a PDF, in the language that ``say`` speaks. The same result gives the same bytes."""
    content, zone = proposal.content, ZoneInfo(settings.zone)
    counted_at = proposal.counted_at or content.closes_at
    sheet = Sheet(say("Minutes of a vote"), counted_at)
    sheet.text_line(settings.name or settings.network, 10)
    sheet.text_line(say("Minutes of a vote"), 10)
    sheet.ln(2)
    sheet.text_line(content.title, 17, "B")
    sheet.ln(1)
    if content.text:
        sheet.text_line(content.text, 10)
    sheet.ln(4)
    sheet.text_line(say(wording.OUTCOMES[result.outcome]), 14, "B")
    sheet.text_line(wording.because(proposal, result, say), 11)
    sheet.ln(4)
    _facts(
        sheet,
        proposal,
        result,
        say=say,
        zone=settings.zone,
        shown=lambda at: f"{at.astimezone(zone):%Y-%m-%d %H:%M}",
    )
    sheet.ln(4)
    _counts(sheet, proposal, result, say)
    if objections:
        sheet.ln(4)
        sheet.text_line(say("Objections"), 12, "B")
        for objection in objections:
            sheet.text_line(f"– {objection}", 10)
    sheet.ln(6)
    sheet.text_line(say("Proposal {id}. The ballots can be counted again at any time.", {"id": proposal.id}), 8)
    return bytes(sheet.output())


def _facts(sheet: Sheet, proposal: Proposal, result: Result, *, say: Say, zone: str, shown: Shown) -> None:
    content = proposal.content
    opened = content.opens_at or content.closes_at
    rows = [
        (say("Method"), wording.method(proposal, say)),
        (say("Ballot"), say(wording.BALLOTS[content.ballot])),
        (say("Open"), f"{shown(opened)} – {shown(content.closes_at)} ({zone})"),
        (say("On the roll"), f"{result.entitled}"),
        (say("Voted themselves"), f"{result.voted}"),
    ]
    if content.delegation:
        rows.append((say("Through a delegate"), f"{result.represented}"))
        rows.append((say("Delegations that led to nobody"), f"{result.lost}"))
    rows.append((say("Quorum"), f"{result.present} / {result.quorum_needed}"))
    if result.threshold is not None:
        rows.append((say("Needed in favour"), f"{result.threshold}"))
    sheet.set_font(FAMILY, "", 10)
    with sheet.table(
        col_widths=(50, 120), first_row_as_headings=False, line_height=6, text_align="LEFT", borders_layout="NONE"
    ) as table:
        for row in rows:
            table.row(row)


def _counts(sheet: Sheet, proposal: Proposal, result: Result, say: Say) -> None:
    weighted = bool(proposal.content.weights)
    names = wording.options(proposal, say)
    sheet.set_font(FAMILY, "", 10)
    widths = (110, 30, 30) if weighted else (130, 40)
    align = ("LEFT", "RIGHT", "RIGHT") if weighted else ("LEFT", "RIGHT")
    with sheet.table(col_widths=widths, line_height=6, text_align=align) as table:
        table.row((say("Option"), say("Members"), *((say("Votes"),) if weighted else ())))
        for count in result.counts:
            mark = " ✓" if count.option in result.chosen else ""
            cells = (f"{names[count.option]}{mark}", f"{count.votes}")
            table.row((*cells, f"{count.weight}") if weighted else cells)
