"""What the other pieces are told of a member."""

from contracts.members import (
    MemberAdmitted,
    MemberApplied,
    MemberChanged,
    MemberLeft,
    MemberState,
    MemberStatus,
    StandingChanged,
)
from members.membership.rules import BELONGING, MemberRecord, Standing


def applied(member: MemberRecord) -> MemberApplied:
    return MemberApplied(**_state(member))


def changed(member: MemberRecord) -> MemberChanged:
    return MemberChanged(**_state(member))


def passed(member: MemberRecord, before: MemberStatus) -> MemberState:
    """The whole member, by the event that names what happened to its standing."""
    if member.status in ("left", "excluded"):
        return MemberLeft(**_state(member))
    if member.status == "applied" and before not in BELONGING:
        return applied(member)
    if before == "applied" and member.status in BELONGING:
        return MemberAdmitted(**_state(member))
    return changed(member)


def standing(member: MemberRecord, before: MemberStatus, now: Standing) -> StandingChanged:
    return StandingChanged(member_id=member.id, before=before, after=now.status, since=now.since)


def _state(member: MemberRecord) -> dict[str, object]:
    return {
        "member_id": member.id,
        "number": member.number,
        "kind": member.kind,
        "name": member.name,
        "status": member.status,
        "email": member.email,
        "language": member.language,
    }
