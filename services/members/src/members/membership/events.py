"""What the other pieces are told of a member."""

from contracts.members import MemberAdmitted, MemberChanged
from members.membership.rules import MemberRecord


def admitted(member: MemberRecord) -> MemberAdmitted:
    return MemberAdmitted(**_state(member))


def changed(member: MemberRecord) -> MemberChanged:
    return MemberChanged(**_state(member))


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
