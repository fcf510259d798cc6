"""A mail server for tests: takes letters over SMTP and keeps them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Postbox:
    """What arrived, and how to answer: ``answers`` gives the server's reply to a recipient, if it isn't 250."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    answers: Callable[[str], str | None] = lambda _recipient: None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """For ``smtp_url``."""
        return f"smtp+plain://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """For ``running("members", **postbox.settings)``."""
        return {
            "smtp_url": self.url,
            "mail_from": "La Coope <hola@coope.example>",
            "public_url": "https://coope.example",
        }

    def to(self, address: str) -> list[EmailMessage]:
        """The letters to that address, in the order in which they came."""
        return [letter for letter in self.letters if letter["To"] == address]

    async def next(self, address: str, *, count: int = 1, seconds: float = 10) -> EmailMessage:
        """The ``count``-th letter to that address, as soon as it is there."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: len(self.to(address)) >= count)
        except TimeoutError:
            seen = [(letter["To"], letter["Subject"]) for letter in self.letters]
            raise AssertionError(f"no letter {count} to {address} within {seconds} s; seen: {seen}") from None
        return self.to(address)[count - 1]

    # What aiosmtpd calls.

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if answer := self.answers(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - see above
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        letter: Any = message_from_bytes(raw, policy=default)
        async with self._news:
            self.letters.append(letter)
            self._news.notify_all()
        return "250 Taken"


def text_of(letter: EmailMessage) -> str:
    """The words of a letter."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@asynccontextmanager
async def postbox() -> AsyncIterator[Postbox]:
    """A server on a free port of this machine, for as long as the block lasts."""
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box, enable_SMTPUTF8=True), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
