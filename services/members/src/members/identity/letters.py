"""Letters to users: codes, links, and word of what changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kit import mail
from kit.database import Work
from kit.mail import Letter
from kit.settings import Settings
from members.identity import rules
from members.identity.words import language as language_of
from members.identity.words import link, network, texts


@dataclass(frozen=True)
class Reader:
    """To whom a letter goes; without an address it goes nowhere, after the same work."""

    email: str | None
    language: str | None


async def _post(work: Work, reader: Reader, subject: str, text: str, *, good_for: timedelta | None = None) -> None:
    """Posts the letter, or one that nobody gets: it is written like the others, and is too late from the start."""
    good_until: datetime | None = work.now + good_for if good_for else None
    if reader.email is None:
        letter = Letter(
            to="nobody@nowhere.invalid", subject=subject, text=text, good_until=work.now - timedelta(days=1)
        )
    else:
        letter = Letter(to=reader.email, subject=subject, text=text, good_until=good_until)
    await mail.post(work, letter)


async def code(work: Work, settings: Settings, reader: Reader, secret: str) -> None:
    """The code to sign in with, once."""
    say, language = texts().say, language_of(settings, reader.language)
    params = {
        "network": network(settings),
        "code": f"{secret[:3]} {secret[3:]}",
        "minutes": int(rules.LIFE["code"].total_seconds() // 60),
    }
    await _post(
        work,
        reader,
        say(language, "Your code for {network}", params),
        say(
            language,
            "This is your code to sign in to {network}:\n\n    {code}\n\nIt is good once, for {minutes} minutes. Give it "
            "to nobody, whoever asks. If you did not ask for it, ignore this letter: without the code nobody gets in.\n",
            params,
        ),
        good_for=rules.LIFE["code"],
    )


async def reset(work: Work, settings: Settings, reader: Reader, secret: str) -> None:
    """The way to a new password."""
    say, language = texts().say, language_of(settings, reader.language)
    params = {"network": network(settings), "link": link(settings, "password-resets", secret)}
    await _post(
        work,
        reader,
        say(language, "A new password for {network}", params),
        say(
            language,
            "Somebody, you we hope, asked for a new password for {network}. With this you choose it, within an hour:\n\n"
            "{link}\n\nIf it was not you, ignore this letter: your password stays as it is.\n",
            params,
        ),
        good_for=rules.LIFE["reset"],
    )


async def password_changed(work: Work, settings: Settings, reader: Reader) -> None:
    """Word that the password is another one."""
    say, language = texts().say, language_of(settings, reader.language)
    params = {"network": network(settings)}
    await _post(
        work,
        reader,
        say(language, "Your password for {network} was changed", params),
        say(
            language,
            "Your password for {network} was changed, and you were signed out everywhere. If it was not you, ask for a "
            "new password at once and tell the people who look after the network.\n",
            params,
        ),
    )


async def new_address(work: Work, settings: Settings, reader: Reader, secret: str) -> None:
    """The way to confirm a new address, sent to it."""
    say, language = texts().say, language_of(settings, reader.language)
    params = {"network": network(settings), "link": link(settings, "email-changes", secret)}
    await _post(
        work,
        reader,
        say(language, "Confirm your address for {network}", params),
        say(
            language,
            "Somebody wants to sign in to {network} with this address from now on. If it was you, confirm it within a "
            "day:\n\n{link}\n\nIf it was not you, ignore this letter.\n",
            params,
        ),
        good_for=rules.LIFE["email"],
    )


async def address_taken(work: Work, settings: Settings, reader: Reader) -> None:
    """Word to the owner of an address that another user wanted."""
    say, language = texts().say, language_of(settings, reader.language)
    params = {"network": network(settings)}
    await _post(
        work,
        reader,
        say(language, "Confirm your address for {network}", params),
        say(
            language,
            "Somebody who is signed in to {network} wants to use this address, but it is yours already: you sign in with "
            "it. If it was you, sign in with it; if not, ignore this letter.\n",
            params,
        ),
    )


async def address_changes(work: Work, settings: Settings, reader: Reader) -> None:
    """Word to the old address."""
    say, language = texts().say, language_of(settings, reader.language)
    params = {"network": network(settings)}
    await _post(
        work,
        reader,
        say(language, "Your address for {network} is being changed", params),
        say(
            language,
            "Somebody who knows your password wants to sign in to {network} with another address. If it was you, all is "
            "well. If not, ask for a new password at once and tell the people who look after the network.\n",
            params,
        ),
    )


async def applied(work: Work, settings: Settings, reader: Reader, *, member: str, known: bool, secret: str) -> None:
    """Word of an application to the owner of its address: of their own, or one that somebody made with it."""
    say, language = texts().say, language_of(settings, reader.language)
    params = {"network": network(settings), "member": member, "link": link(settings, "confirmations", secret)}
    own = say(
        language,
        "Your application to {network} as “{member}” has arrived. Confirm that this is your address:\n\n{link}\n\nYou "
        "will hear when it is decided. If you did not apply, ignore this letter.\n",
        params,
    )
    another = say(
        language,
        "Somebody applied to {network} as “{member}” with your address. If it was you, confirm it and you will act for "
        "that member, too, with the password that you have:\n\n{link}\n\nIf it was not you, ignore this letter.\n",
        params,
    )
    await _post(
        work,
        reader,
        say(language, "Your application to {network}", params),
        another if known else own,
        good_for=rules.LIFE["join"],
    )
