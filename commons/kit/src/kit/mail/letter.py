"""A letter, and how it is written on the wire (RFC 5322, MIME)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from uuid import UUID

from kit.ids import new_id

_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter; ``media_type`` such as ``application/pdf``."""

    name: str
    media_type: str
    content: bytes

    def __post_init__(self) -> None:
        if not _MEDIA_TYPE.fullmatch(self.media_type):
            raise ValueError(f"{self.media_type!r} is no media type")


@dataclass(frozen=True)
class Letter:
    """A letter to one address, in words that the reader knows: whoever writes it chooses the language.

    The same ``id`` is the same letter: posted twice it is sent once. After ``good_until`` it is not sent any more, such
    as a code that has expired. Raises ValueError for an address that could not stand in a header.
    """

    to: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    good_until: datetime | None = None
    id: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        local, _, domain = self.to.rpartition("@")
        if not local or not domain or not self.to.isprintable() or " " in self.to:
            raise ValueError("not an address to write to")


def sender_of(mail_from: str) -> Address:
    """The sender out of ``La Coope <hola@coope.example>``, as the settings have checked it, or the address alone."""
    name, address = parseaddr(mail_from)
    local, _, domain = address.rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def compose(
    *,
    letter_id: UUID,
    sender: Address,
    to: str,
    subject: str,
    text: str,
    attachments: Sequence[Attachment],
    made_at: datetime,
) -> EmailMessage:
    """The message. Its Message-ID follows from the letter's id, so that one that is sent again is known as the same."""
    local, _, domain = to.rpartition("@")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(made_at)
    message["Message-ID"] = f"<{letter_id}@{sender.domain}>"
    # No machine is to answer it: out-of-office notes would come back for each reminder (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    for attachment in attachments:
        main, _, sub = attachment.media_type.partition("/")
        name = " ".join(attachment.name.split())
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=name)
    return message
