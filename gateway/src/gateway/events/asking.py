"""What a reader of events asks for. Pure."""

from dataclasses import dataclass
from urllib.parse import parse_qs

from kit.errors import Invalid

STREAM = "text/event-stream"
MOST = 1_000
LONGEST = 25.0


@dataclass(frozen=True, slots=True)
class Wish:
    #: As a stream, not as a batch.
    stream: bool
    #: The place behind which to begin; None is the end of the stream.
    after: int | None
    limit: int
    #: Seconds to wait for an event.
    wait: float


def wish(query: bytes, accept: str | None, last_event_id: str | None, prefer: str | None) -> Wish:
    """Raises Invalid for what can't be understood."""
    asked = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
    after = last_event_id or asked.get("after")
    wanted = accept or "*/*"
    return Wish(
        # An address that names a place asks for a batch, unless it says otherwise.
        stream=STREAM in wanted or (after is None and "json" not in wanted),
        after=_place(after),
        limit=int(_number("limit", asked.get("limit", "100"), 1, MOST)),
        wait=_number("wait", asked.get("wait") or _preferred(prefer) or "0", 0, LONGEST),
    )


def _place(text: str | None) -> int | None:
    """Without a place, from the oldest event."""
    if text is None:
        return 0
    if text == "now":
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid("place_unknown", "after must be the id of an event of this stream, or now")
    return int(text)


def _number(name: str, text: str, least: float, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not number >= least:
        raise Invalid("number_odd", "{name} must be a number of at least {least}", name=name, least=least)
    return min(number, most)


def _preferred(prefer: str | None) -> str | None:
    for part in (prefer or "").split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "wait":
            return value.strip().strip('"')
    return None
