"""Dead letters: events that a consumer gave up on, with why. Read them, mend what was wrong, replay them.

``python -m kit.messaging.letters list`` · ``show N`` · ``replay N [FILE]``, where FILE holds the mended event as JSON.
A replayed event keeps its id, so that those who have handled it are not troubled again.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from kit.ids import new_id
from kit.messaging.broker import Broker
from kit.settings import Settings


@dataclass(frozen=True)
class Letter:
    """An event that a consumer could not handle. ``body`` is None once the stream's retention has passed."""

    number: int
    consumer: str
    deliveries: int
    reason: str
    subject: str
    body: bytes | None


async def read(jetstream: JetStreamContext, stream: str, number: int) -> Letter:
    """The letter of that number. Raises nats.js.errors.NotFoundError."""
    advisory = json.loads((await jetstream.get_msg(f"{stream}_DEAD", number, direct=True)).data or b"{}")
    try:
        message = await jetstream.get_msg(stream, advisory["stream_seq"], direct=True)
        subject, body = message.subject or "", message.data
    except NotFoundError:
        subject, body = "", None
    return Letter(
        number=number,
        consumer=advisory["consumer"],
        deliveries=advisory.get("deliveries", 0),
        reason=advisory.get("reason") or "given up after too many deliveries",
        subject=subject,
        body=body,
    )


async def read_all(jetstream: JetStreamContext, stream: str) -> AsyncIterator[Letter]:
    """All letters, oldest first."""
    state = (await jetstream.stream_info(f"{stream}_DEAD")).state
    # A stream that never had one says that its first is number 0, which can't be asked for.
    for number in range(max(state.first_seq, 1), state.last_seq + 1):
        try:
            yield await read(jetstream, stream, number)
        except NotFoundError:
            continue


async def replay(jetstream: JetStreamContext, stream: str, number: int, mended: bytes | None = None) -> None:
    """Puts the event on the stream again, and the letter away. Raises NotFoundError, ValueError for broken JSON."""
    letter = await read(jetstream, stream, number)
    body = mended if mended is not None else letter.body
    if body is None:
        raise NotFoundError(code=404, description="the event is older than the stream keeps")
    json.loads(body)
    # A new message id, or the broker would take it for the one it has.
    await jetstream.publish(letter.subject, body, headers={"Nats-Msg-Id": f"replay-{new_id()}"})
    await jetstream.delete_msg(f"{stream}_DEAD", number)


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[JetStreamContext]:
    broker = Broker(
        settings.nats_url.get_secret_value(),
        network=settings.network,
        stream=settings.stream,
        days=settings.stream_days,
        name="letters",
    )
    await asyncio.wait_for(broker.run(), 10)
    yield broker.jetstream
    await broker.close()


async def _main(arguments: list[str]) -> int:
    settings = Settings()
    out = sys.stdout.write
    async with _connected(settings) as jetstream:
        match arguments:
            case ["list"]:
                async for letter in read_all(jetstream, settings.stream):
                    out(f"{letter.number}\t{letter.consumer}\t{letter.subject}\t{letter.reason}\n")
            case ["show", number]:
                letter = await read(jetstream, settings.stream, int(number))
                out(f"{letter.reason}\n{(letter.body or b'').decode()}\n")
            case ["replay", number, *file]:
                mended = Path(file[0]).read_bytes() if file else None  # noqa: ASYNC240 - a command, not a server
                await replay(jetstream, settings.stream, int(number), mended)
                out(f"replayed {number}\n")
            case _:
                out(__doc__ or "")
                return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(_main(sys.argv[1:])))
