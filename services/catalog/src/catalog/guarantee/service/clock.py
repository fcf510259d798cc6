"""What the calendar does: certificates lapse, deadlines pass, standards come into force, holders are reminded."""

from catalog.guarantee.repository import certificates, nonconformities
from catalog.guarantee.rules import nonconformities as nonconformity_rules
from catalog.guarantee.rules.certificates import REMINDERS, due_reminder
from catalog.guarantee.service import letters, practices
from catalog.guarantee.service.certificates import retell
from catalog.guarantee.service.nonconformities import suspend
from catalog.producers import repository as producers
from catalog.settings import Settings
from kit.database import Work

#: What one run takes of each kind; the rest waits for the next.
RUN = 500


async def follow(work: Work, settings: Settings) -> None:
    """Tells of certificates that have lapsed, and lets every member show what the standards and its certificates
    allow today."""
    lapsed = await certificates.lapsing(work, RUN)
    if lapsed:
        # Members' standings first, in the order of their ids: their own news take the same way.
        await producers.by_ids(work, {member_id for _, member_id in lapsed}, lock=True)
    for certificate_id, _ in lapsed:
        await retell(work, settings, certificate_id)
    await practices.follow_all(work)


async def chase(work: Work, settings: Settings) -> None:
    """Reminds of what is overdue, once each deadline, and suspends for what is grave and still open after the grace."""
    grace = settings.nonconformity_grace
    neglected = await nonconformities.neglected(work, grace, RUN)
    if neglected:
        await producers.by_ids(work, {one.member_id for one, _ in neglected}, lock=True)
    for one, standard_id in neglected:
        if nonconformity_rules.must_suspend(one, work.today, grace):
            await suspend(work, settings, one, standard_id)
    overdue = await nonconformities.unreminded(work, RUN)
    for one in overdue:
        letters.overdue(work, one, grace, suspends=one.severity in nonconformity_rules.SUSPENDING)
    if overdue:
        await nonconformities.reminded(work, [one.id for one in overdue])


async def remind(work: Work) -> None:
    """Tells holders 90, 30 and 7 days ahead that a certificate ends; each once."""
    ending = await certificates.ending(work, max(REMINDERS), RUN)
    known = await certificates.by_ids(work.connection, [certificate_id for certificate_id, _, _ in ending])
    for certificate_id, until, sent in ending:
        days = due_reminder(until, work.today, sent)
        if days is not None and await certificates.remember_reminder(work, certificate_id, until, days):
            letters.ends_soon(work, known[certificate_id], days)
