"""``python -m local.mail --port 20001 --smtp-port 20002 --folder …``: the catcher as a process, on loopback alone."""

import argparse
import asyncio
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from embedded.ports import LOOPBACK
from local.mail.box import Box
from local.mail.pages import site

LARGEST_LETTER = 32 * 1024 * 1024


class _Catcher:
    """What aiosmtpd calls."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        content = envelope.content
        self._box.keep(content if isinstance(content, bytes) else (content or "").encode())
        return "250 Kept"


async def _serve(port: int, smtp_port: int, box: Box) -> None:
    catcher = _Catcher(box)
    loop = asyncio.get_running_loop()
    taking = await loop.create_server(
        lambda: SMTP(catcher, enable_SMTPUTF8=True, data_size_limit=LARGEST_LETTER), LOOPBACK, smtp_port
    )
    config = uvicorn.Config(site(box), host=LOOPBACK, port=port, log_level="warning", access_log=False, ws="none")
    async with taking:
        await uvicorn.Server(config).serve()


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.mail")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    asked = parser.parse_args()
    asyncio.run(_serve(asked.port, asked.smtp_port, Box(asked.folder)))


if __name__ == "__main__":
    main()
