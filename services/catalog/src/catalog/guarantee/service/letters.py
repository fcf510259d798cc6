"""What members are written about the guarantee."""

from collections.abc import Collection
from uuid import UUID

from catalog.guarantee.rules.certificates import Certificate, Fact, Standing
from catalog.guarantee.rules.nonconformities import Nonconformity
from catalog.guarantee.rules.visits import Visit
from contracts.notices import CatalogNotice
from kit.database import Work
from kit.language import Words
from kit.notices import tell


def standing_changed(work: Work, certificate: Certificate, now: Standing, last: Fact) -> None:
    """The holder is told what the certificate is from now on, and why."""
    known = {"code": certificate.code, "until": str(now.until or ""), "reason": last.reason or "—"}
    member_id = certificate.member_id
    if now.status == "certified":
        subject = Words("Your certificate {code} is valid", known)
        text = Words("Certificate {code} is valid until {until}.\n\n{reason}", known)
    elif now.status == "conditional":
        subject = Words("Your certificate {code} is valid, with conditions", known)
        text = Words("Certificate {code} is valid until {until}, with conditions:\n\n{reason}", known)
    elif now.status == "in_conversion":
        subject = Words("Your land is in conversion: certificate {code}", known)
        text = Words("Certificate {code} says until {until} that your land is in conversion.\n\n{reason}", known)
    elif now.status == "suspended" and last.cause == "member":
        subject = Words("Your certificate {code} is suspended", known)
        text = Words(
            "Certificate {code} is suspended as long as your membership is; what you offer does not show what it stood "
            "for.",
            known,
        )
    elif now.status == "suspended" and last.cause == "nonconformity":
        subject = Words("Your certificate {code} is suspended", known)
        text = Words(
            "Certificate {code} is suspended, for something grave was not mended in time, and what you offer does not "
            "show what it stood for. Once it is mended and the committee has closed it, that ends.",
            known,
        )
    elif now.status == "suspended":
        subject = Words("Your certificate {code} is suspended", known)
        text = Words(
            "Certificate {code} is suspended, and what you offer does not show what it stood for until that ends."
            "\n\n{reason}",
            known,
        )
    elif now.status == "lapsed":
        subject = Words("Your certificate {code} has lapsed", known)
        text = Words(
            "Certificate {code} was valid until {until}, and what you offer does not show any more what it stood for. "
            "Apply again to renew it.",
            known,
        )
    else:
        subject = Words("Your certificate {code} is not valid any more", known)
        text = Words(
            "Certificate {code} is not valid any more, and what you offer does not show what it stood for.\n\n{reason}",
            known,
        )
    tell(work, CatalogNotice, member_id, subject, text)


def refused(work: Work, member_id: UUID, standard: str, reasons: str) -> None:
    known = {"standard": standard, "reasons": reasons}
    subject = Words("Your application for {standard} was refused", known)
    tell(work, CatalogNotice, member_id, subject, Words("The committee did not certify this time:\n\n{reasons}", known))


def visit_planned(work: Work, visit: Visit, visited: str, peers: Collection[str]) -> None:
    """Who is visited and who visits, the day and each other."""
    known = {"day": str(visit.planned_on), "visited": visited, "peers": ", ".join(peers)}
    tell(
        work,
        CatalogNotice,
        visit.member_id,
        Words("Your peers visit you on {day}", known),
        Words("On {day} you are visited by: {peers}.", known),
    )
    for peer in visit.peers:
        tell(
            work,
            CatalogNotice,
            peer.member_id,
            Words("You visit {visited} on {day}", known),
            Words("On {day} you visit {visited}, together with: {peers}. Report and sign afterwards.", known),
        )


def visit_cancelled(work: Work, visit: Visit, reason: str) -> None:
    known = {"day": str(visit.planned_on), "reason": reason}
    for member_id in (visit.member_id, *(peer.member_id for peer in visit.peers)):
        tell(
            work,
            CatalogNotice,
            member_id,
            Words("The visit of {day} is called off", known),
            Words("The visit of {day} is called off: {reason}", known),
        )


def found(work: Work, member_id: UUID, finding: str, action: str, due_on: object) -> None:
    """A non-conformity was opened."""
    known = {"finding": finding, "action": action or "—", "day": str(due_on)}
    tell(
        work,
        CatalogNotice,
        member_id,
        Words("Something to mend until {day}", known),
        Words("Your peers found: {finding}\n\nTo be done: {action}\n\nUntil: {day}", known),
    )


def overdue(work: Work, nonconformity: Nonconformity, grace: int, *, suspends: bool) -> None:
    known = {"day": str(nonconformity.due_on), "grace": grace}
    text = (
        Words(
            "Something was to be mended by {day} and is still open. Send what shows that it is done; in {grace} days "
            "your certificate is suspended.",
            known,
        )
        if suspends
        else Words("Something was to be mended by {day} and is still open. Send what shows that it is done.", known)
    )
    tell(work, CatalogNotice, nonconformity.member_id, Words("Overdue since {day}", known), text)


def ends_soon(work: Work, certificate: Certificate, days: int) -> None:
    known = {"code": certificate.code, "until": str(certificate.valid_until), "days": days}
    tell(
        work,
        CatalogNotice,
        certificate.member_id,
        Words("Your certificate {code} ends on {until}", known),
        Words(
            "Certificate {code} ends on {until}, in {days} days at most. Sign the pledge again soon, so that your peers "
            "can visit you before.",
            known,
        ),
    )
