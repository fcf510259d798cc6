"""Letters to members about decisions that were taken against them: they have a right to be told, and why."""

from kit import mail
from kit.database import Work
from kit.language import texts_of
from kit.mail import Letter
from kit.settings import Settings
from members.membership.rules import FactKind, MemberRecord


async def decided(
    work: Work, settings: Settings, member: MemberRecord, fact: FactKind, *, on: str, reason: str
) -> None:
    """Tells the member of a suspension, an exclusion or a declined application; nothing of what else may happen."""
    say, language = texts_of("members").say, member.language
    params = {"network": settings.name or settings.network, "name": member.name, "day": on}
    match fact:
        case "suspended":
            subject = say(language, "Your membership of {network} is suspended", params)
            text = say(
                language,
                "{name},\n\nyour membership of {network} is suspended from {day} on. Until that ends you can't order, and "
                "what you offer is not shown. You still sign in and see what is yours.",
                params,
            )
        case "excluded":
            subject = say(language, "Your membership of {network} has ended", params)
            text = say(
                language,
                "{name},\n\n{network} has decided to end your membership from {day} on. Your accounts stay, to be "
                "settled: write to us about what is yours or what you owe, or if you don't agree with this decision.",
                params,
            )
        case "declined":
            subject = say(language, "Your application to {network}", params)
            text = say(language, "{name},\n\n{network} has not taken your application to belong.", params)
        case _:
            return
    if reason:
        text = f"{text}\n\n{say(language, 'The reason given: {reason}', {'reason': reason})}"
    await mail.post(work, Letter(to=member.email, subject=subject, text=f"{text}\n"))
