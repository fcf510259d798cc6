"""The SMTP server that takes the letters, and what its answers mean."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

import aiosmtplib

from kit.settings import SMTP_PORTS

#: Seconds that the server may take for one answer.
ANSWER_SECONDS = 30.0

#: How the server took a letter: for good or never; not now; or it is not the letter but the server or our account.
Verdict = Literal["never", "later", "server"]


@dataclass(frozen=True)
class Server:
    """Where letters are handed in.

    ``smtp://user:password@host:587`` with STARTTLS, ``smtps://…`` with TLS from the first byte, ``smtp+plain://…``
    without encryption, for a relay on the same machine.
    """

    host: str
    port: int
    user: str | None
    password: str | None
    scheme: str

    @classmethod
    def read(cls, url: str) -> "Server":
        """Reads a URL that the settings have checked."""
        parts = urlsplit(url)
        return cls(
            host=parts.hostname or "",
            port=parts.port or SMTP_PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            scheme=parts.scheme,
        )

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection, taken leave of if all went well, else just closed: who is stopped in the middle of a letter would
        wait for the server's word on it, and then for its goodbye."""
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.scheme == "smtps",
            start_tls=self.scheme == "smtp",
            tls_context=None if self.scheme == "smtp+plain" else ssl.create_default_context(),
            timeout=ANSWER_SECONDS,
        )
        await client.connect()
        try:
            yield client
        except BaseException:
            client.close()
            raise
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await client.quit()


def judge(error: Exception) -> tuple[Verdict, str]:
    """What a failure says of the letter, and in what words."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError):
        said = f"{error.code} {error.message}"
        # 530 and 535 are about our account (RFC 4954), whatever command they answer.
        if error.code in {421, 530, 535}:
            return "server", said
        return ("never" if 500 <= error.code < 600 else "later"), said
    if isinstance(error, aiosmtplib.SMTPSenderRefused) and error.code == 552:
        return "never", f"{error.code} {error.message}"
    if isinstance(error, aiosmtplib.SMTPNotSupported | ValueError):
        # An address with letters beyond ASCII, where the server takes none (RFC 6531).
        return "never", str(error)
    return "server", f"{type(error).__name__}: {error}"
