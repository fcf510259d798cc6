"""A report out of the books. Amounts come in smallest units; an account's balance is what came in less what went out,
so bank and cash are below zero by what lies in them, and uses by what was spent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from contracts.values import Money
from kit.errors import Invalid
from members.income.rules import Expected, Purpose, SubsidyTotals
from members.ledger.rules import AccountTotal
from members.reports.rules import lines
from members.reports.rules.document import (
    AccountLine,
    Bar,
    Left,
    Line,
    Means,
    Names,
    Part,
    Reconciliation,
    Series,
    SubsidyLine,
    TransparencyReport,
    Use,
)

#: A text in every language.
type Say = Callable[[str], Names]


@dataclass(frozen=True)
class DuesTotals:
    """What a plan's invoices of these days came to, without those cancelled, and what was paid in them of any."""

    plan: str
    name: str
    texts: Mapping[str, str]
    expected: int
    received: int


@dataclass(frozen=True)
class Books:
    """What the books say of some days, in one currency, all as of one instant."""

    totals: Sequence[AccountTotal]
    #: What came onto members' accounts and went from them, counted by itself.
    members_in: int
    members_out: int
    dues: Sequence[DuesTotals]
    shares_expected: int
    expected: Expected
    subsidies: Sequence[SubsidyTotals]
    #: Received of subsidies, and of contributions for a purpose, and not spent by the last day.
    unspent_subsidies: int
    unspent_earmarked: int
    purposes: Mapping[str, Purpose]


@dataclass(frozen=True)
class Frame:
    """Whose report, and of which days."""

    network: str
    currency: str
    since: date
    until: date
    made_at: datetime

    def money(self, minor: int) -> Money:
        return Money.of_minor(minor, self.currency)


def check_days(since: date, until: date) -> None:
    """Raises Invalid if the last day is before the first."""
    if until < since:
        raise Invalid("until_before_from", "Not before {first}", field="/until", first=since.isoformat())


def check_over(until: date, today: date) -> None:
    """Raises Invalid unless these days are over: what is published does not change."""
    if until >= today:
        raise Invalid("not_over", "Only days that are over: before {today}", field="/until", today=today.isoformat())


def report(frame: Frame, books: Books, say: Say) -> TransparencyReport:
    """The report of these days. Every account of the ledger is in one line of it."""
    net = {total.name: total.came_in - total.went_out for total in books.totals}
    income = _income(frame, books, net, say)
    apart = _apart(frame, books, net, say)
    uses = _uses(frame, books, net, say)
    received = sum(line.received.minor for line in income)
    used = sum(use.used.minor for use in uses)
    opening, closing = _means(frame, books, opening=True), _means(frame, books, opening=False)
    expected = sum(line.expected.minor for line in income if line.expected is not None)
    return TransparencyReport(
        network=frame.network,
        currency=frame.currency,
        since=frame.since,
        until=frame.until,
        made_at=frame.made_at,
        income=income,
        income_expected=frame.money(expected),
        income_received=frame.money(received),
        apart=apart,
        uses=uses,
        used=frame.money(used),
        subsidies=[_subsidy(frame, subsidy) for subsidy in books.subsidies],
        opening=opening,
        closing=closing,
        left=_left(frame, books, closing.total.minor),
        reconciliation=_reconciliation(
            frame, books, (opening, closing), (received, sum(line.received.minor for line in apart), used)
        ),
        chart=[_series(frame, "income", _income_bars(income), say), _series(frame, "uses", _use_bars(uses), say)],
    )


def _income(frame: Frame, books: Books, net: Mapping[str, int], say: Say) -> list[Line]:
    expected = {
        "dues": sum(plan.expected for plan in books.dues),
        "contributions": books.expected.contributions,
        "subsidies": books.expected.public + books.expected.private,
    }
    found = []
    for code, accounts, name in lines.INCOME:
        present = [account for account in accounts if account in net]
        if present or code in lines.ALWAYS:
            received = sum(net[account] for account in present)
            parts = _parts_of(frame, books, code, received, say)
            wanted = expected.get(code)
            found.append(_line(frame, code, present, say(name), received=received, expected=wanted, parts=parts))
    return found


def _parts_of(frame: Frame, books: Books, code: str, received: int, say: Say) -> list[Part]:
    """Dues by plan and subsidies by kind, and what is on their account without being of any."""
    found: list[Part] = []
    if code == "dues":
        found = [_part(frame, plan.plan, _plan_names(plan, say), plan.received, plan.expected) for plan in books.dues]
    elif code == "subsidies":
        expected = {"public": books.expected.public, "private": books.expected.private}
        of_kind = dict.fromkeys(expected, 0)
        for subsidy in books.subsidies:
            of_kind[subsidy.kind] += subsidy.received
        found = [
            _part(frame, kind, say(lines.TITLES[kind]), amount, expected[kind]) for kind, amount in of_kind.items()
        ]
    rest = received - sum(part.received.minor for part in found)
    if found and rest:
        found.append(_part(frame, "unassigned", say(lines.TITLES["unassigned"]), rest, None))
    return found


def _plan_names(plan: DuesTotals, say: Say) -> Names:
    """A plan's name in each language, its own name where it has no other; what was written by hand is of no plan."""
    names = say(lines.TITLES["by_hand"])
    return {language: plan.texts.get(language, plan.name) for language in names} if plan.name else names


def _part(frame: Frame, source: str, names: Names, received: int, expected: int | None) -> Part:
    return Part(source=source, names=names, expected=_or_none(frame, expected), received=frame.money(received))


def _apart(frame: Frame, books: Books, net: Mapping[str, int], say: Say) -> list[Line]:
    found = []
    for code, accounts, name in lines.APART:
        present = [account for account in accounts if account in net]
        if present:
            received = sum(net[account] for account in present)
            expected = books.shares_expected if code == "shares" else None
            found.append(_line(frame, code, present, say(name), received=received, expected=expected))
    names = say(lines.TITLES[lines.MEMBERS])
    found.append(_line(frame, lines.MEMBERS, [], names, received=books.members_in - books.members_out))
    for account in sorted(net):
        section, code = lines.line_of(account)
        if section == "apart" and code.startswith(lines.OTHER):
            names = {language: f"{text}: {account}" for language, text in say(lines.TITLES[lines.OTHER]).items()}
            found.append(_line(frame, code, [account], names, received=net[account]))
    return found


def _line(
    frame: Frame,
    code: str,
    accounts: list[str],
    names: Names,
    *,
    received: int,
    expected: int | None = None,
    parts: list[Part] | None = None,
) -> Line:
    return Line(
        source=code,
        names=names,
        accounts=accounts,
        expected=_or_none(frame, expected),
        received=frame.money(received),
        parts=parts or [],
    )


def _or_none(frame: Frame, minor: int | None) -> Money | None:
    return None if minor is None else frame.money(minor)


def _uses(frame: Frame, books: Books, net: Mapping[str, int], say: Say) -> list[Use]:
    """The largest first."""
    found = []
    for account, amount in net.items():
        section, code = lines.line_of(account)
        if section == "uses":
            purpose = books.purposes.get(code)
            names = dict(purpose.names) if purpose else dict.fromkeys(say(lines.TITLES[lines.OTHER]), code)
            found.append(Use(purpose=code, names=names, accounts=[account], used=frame.money(-amount)))
    return sorted(found, key=lambda use: (-use.used.minor, use.purpose))


def _subsidy(frame: Frame, subsidy: SubsidyTotals) -> SubsidyLine:
    return SubsidyLine(
        id=subsidy.id,
        kind=subsidy.kind,
        grantor=subsidy.grantor if subsidy.named else None,
        programme=subsidy.programme,
        reference=subsidy.reference,
        purpose=subsidy.purpose,
        granted=frame.money(subsidy.granted),
        received=frame.money(subsidy.received),
        received_through=frame.money(subsidy.received_through),
        spent=frame.money(subsidy.spent),
        spent_through=frame.money(subsidy.spent_through),
        left=frame.money(subsidy.granted - subsidy.spent_through),
        spend_by=subsidy.spend_by,
        justify_by=subsidy.justify_by,
    )


def _means(frame: Frame, books: Books, *, opening: bool) -> Means:
    there = {total.name: -(total.opening if opening else total.closing) for total in books.totals}
    amounts = {name: there.get(name, 0) for name in lines.MEANS}
    return Means(
        bank=frame.money(amounts["bank"]), cash=frame.money(amounts["cash"]), total=frame.money(sum(amounts.values()))
    )


def _left(frame: Frame, books: Books, total: int) -> Left:
    # All accounts of a currency add up to zero, so members have what the network's own lack.
    members = -sum(account.closing for account in books.totals)
    free = total - books.unspent_subsidies - books.unspent_earmarked - max(members, 0)
    return Left(
        total=frame.money(total),
        subsidies=frame.money(books.unspent_subsidies),
        earmarked=frame.money(books.unspent_earmarked),
        members=frame.money(members),
        free=frame.money(free),
    )


def _reconciliation(
    frame: Frame, books: Books, means: tuple[Means, Means], moved: tuple[int, int, int]
) -> Reconciliation:
    income, apart, used = moved
    opening, closing = means[0].total.minor, means[1].total.minor
    difference = opening + income + apart - used - closing
    return Reconciliation(
        opening=frame.money(opening),
        income=frame.money(income),
        apart=frame.money(apart),
        used=frame.money(used),
        closing=frame.money(closing),
        difference=frame.money(difference),
        holds=difference == 0,
        accounts=[
            AccountLine(
                account=total.name,
                line=lines.line_of(total.name)[1],
                opening=frame.money(total.opening),
                came_in=frame.money(total.came_in),
                went_out=frame.money(total.went_out),
                closing=frame.money(total.closing),
            )
            for total in books.totals
        ],
    )


def _income_bars(income: Sequence[Line]) -> list[tuple[str, Names, int]]:
    bars = []
    for line in income:
        if line.source == "subsidies":
            bars += [(part.source, part.names, part.received.minor) for part in line.parts]
        else:
            bars.append((line.source, line.names, line.received.minor))
    return bars


def _use_bars(uses: Sequence[Use]) -> list[tuple[str, Names, int]]:
    return [(use.purpose, use.names, use.used.minor) for use in uses]


def _series(frame: Frame, code: lines.Chart, bars: Sequence[tuple[str, Names, int]], say: Say) -> Series:
    """Longest first; what is nothing or less than nothing has no bar."""
    drawn = sorted((bar for bar in bars if bar[2] > 0), key=lambda bar: (-bar[2], bar[0]))
    shares = per_mille([amount for _, _, amount in drawn])
    return Series(
        code=code,
        names=say(lines.TITLES[code]),
        bars=[
            Bar(code=bar, names=names, amount=frame.money(amount), share=format(Decimal(share).scaleb(-1), "f"))
            for (bar, names, amount), share in zip(drawn, shares, strict=True)
        ],
    )


def per_mille(amounts: Sequence[int]) -> list[int]:
    """What each is of a thousand, by largest remainder: together exactly a thousand, or none for no amounts."""
    total = sum(amounts)
    if total == 0:
        return [0 for _ in amounts]
    parts = [divmod(amount * 1000, total) for amount in amounts]
    missing = 1000 - sum(whole for whole, _ in parts)
    first = sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))[:missing]
    return [whole + (place in first) for place, (whole, _) in enumerate(parts)]
