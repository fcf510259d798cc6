"""A member as a row of a spreadsheet, in the columns that an import reads."""

from members.membership.rules import MemberRecord

HEADER = (
    "number",
    "kind",
    "name",
    "email",
    "phone",
    "tax_id",
    "country",
    "language",
    "status",
    "joined_on",
    "street",
    "town",
    "postal_code",
    "representative",
    "document",
)


def line(member: MemberRecord) -> tuple[str, ...]:
    """The cells of ``HEADER``."""
    where, who = member.address, member.representative
    return (
        member.number or "",
        member.kind,
        member.name,
        member.email,
        member.phone or "",
        member.tax_id or "",
        member.country or "",
        member.language,
        member.status,
        member.joined_on.isoformat() if member.joined_on else "",
        where.street if where else "",
        where.town if where else "",
        (where.postal_code or "") if where else "",
        who.name if who else "",
        who.document if who else "",
    )
