"""Header lines as they go on to a piece and back to the caller. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from random import getrandbits

from gateway.errors import Malformed

type Headers = list[tuple[bytes, bytes]]

#: Meant for one connection only (RFC 9110 section 7.6.1), and never passed on.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
#: What the gateway says itself: a caller's own would be a lie about where it comes from or how long it may take.
OURS = frozenset(
    {
        b"host",
        b"content-length",
        b"expect",
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-prefix",
        b"x-forwarded-proto",
        b"x-real-ip",
        b"x-request-id",
        b"x-trama-deadline",
        b"traceparent",
    }
)
NOT_FORWARDED = HOP_BY_HOP | OURS
#: Date and Server are the gateway's own server's.
NOT_ANSWERED = HOP_BY_HOP | {b"date", b"server", b"x-request-id"}
#: Hold addresses, which a piece writes as it knows them: without ``/api/<piece>``.
ADDRESSED = frozenset({b"location", b"content-location", b"link"})
#: What the gateway itself reads, and takes only once.
READ = frozenset(
    {
        b"host",
        b"authorization",
        b"origin",
        b"x-request-id",
        b"traceparent",
        b"content-length",
        b"transfer-encoding",
        b"connection",
    }
)
#: Never the connection's alone, whatever a Connection header says.
END_TO_END = frozenset({b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key", b"if-match"})
USUAL_CONNECTION = frozenset({b"keep-alive", b"close", b""})
REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,100}")
TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
HOST = re.compile(rb"[A-Za-z0-9.:\[\]_-]{1,255}")


@dataclass(slots=True)
class Asked:
    """What the gateway itself reads of a request's headers."""

    host: bytes = b""
    authorization: bytes = b""
    origin: bytes = b""
    request_id: bytes = b""
    traceparent: bytes = b""
    content_length: int | None = None
    chunked: bool = False
    #: Header names that the Connection header claims for this connection.
    claimed: frozenset[bytes] = frozenset()


NOTHING_ASKED = Asked()


def read(headers: Iterable[tuple[bytes, bytes]]) -> Asked:
    """Raises Malformed when the headers contradict each other. The parser has refused what is not HTTP at all."""
    said: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in READ:
            if name in said and name != b"connection":
                raise Malformed("header_twice", "Send the header {header} once", header=name.decode())
            said[name] = value if name not in said else said[name] + b"," + value
    asked = Asked(said.get(b"host", b""), said.get(b"authorization", b""), said.get(b"origin", b""))
    if asked.host and not HOST.fullmatch(asked.host):
        raise Malformed("host_odd", "Name one host in the Host header")
    if b"content-length" in said or b"transfer-encoding" in said:
        _frame(asked, said)
    connection = said.get(b"connection", b"")
    if connection.lower() not in USUAL_CONNECTION:
        asked.claimed = _claimed(connection)
    made = b"%048x" % getrandbits(192)
    given = said.get(b"x-request-id")
    asked.request_id = given if given is not None and REQUEST_ID.fullmatch(given) else made[:32]
    given = said.get(b"traceparent")
    known = given is not None and TRACEPARENT.fullmatch(given)
    asked.traceparent = given if given is not None and known else b"00-%b-%b-01" % (made[:32], made[32:])
    return asked


def _frame(asked: Asked, said: dict[bytes, bytes]) -> None:
    """Where the body ends: said once, and in one way."""
    length, coding = said.get(b"content-length"), said.get(b"transfer-encoding")
    if coding is not None and (length is not None or coding.strip().lower() != b"chunked"):
        raise Malformed("length_odd", "Say the length of the body once")
    if length is not None and not (length.isdigit() and len(length) < 19):
        raise Malformed("length_odd", "Say the length of the body once")
    asked.chunked = coding is not None
    asked.content_length = None if length is None else int(length)


def _claimed(value: bytes) -> frozenset[bytes]:
    claimed = frozenset(part.strip().lower() for part in value.split(b","))
    if claimed & END_TO_END:
        # Dropping these on a caller's word would change what the request means, or where it ends.
        raise Malformed("connection_odd", "The Connection header names a header that is not the connection's")
    return claimed


@lru_cache(maxsize=4096)
def provenance(authority: bytes, client: str, scheme: str, host: bytes, piece: str) -> bytes:
    """Where the request comes from, as header lines: the same for all requests of a client to a piece."""
    node = f'"[{client}]"' if ":" in client else client
    return (
        b"host: %b\r\nx-forwarded-for: %b\r\nx-forwarded-proto: %b\r\nx-forwarded-host: %b\r\n"
        b'x-forwarded-prefix: /api/%b\r\nforwarded: for=%b;proto=%b;host="%b"\r\n'
    ) % (
        authority,
        client.encode(),
        scheme.encode(),
        host,
        piece.encode(),
        node.encode(),
        scheme.encode(),
        host,
    )


def request_head(
    method: str,
    target: bytes,
    headers: Iterable[tuple[bytes, bytes]],
    asked: Asked,
    *,
    origin: bytes,
    framing: bytes,
    deadline: float,
) -> bytes:
    """A request's head as it goes to the piece. ``origin`` as from ``provenance``, ``framing`` the line that says where
    its body ends, ``deadline`` the Unix time after which nobody waits for the answer any more."""
    claimed = asked.claimed
    lines = [
        b"%b %b HTTP/1.1\r\n%bx-request-id: %b\r\ntraceparent: %b\r\nx-trama-deadline: %.3f\r\n%b"
        % (method.encode(), target, origin, asked.request_id, asked.traceparent, deadline, framing)
    ]
    lines += [
        b"%b: %b\r\n" % header for header in headers if header[0] not in NOT_FORWARDED and header[0] not in claimed
    ]
    lines.append(b"\r\n")
    return b"".join(lines)


def answered(status: int, headers: Headers, piece: str, authority: bytes) -> Headers:
    """A piece's headers as the caller gets them: none of the connection's, addresses as they are from outside."""
    claimed: frozenset[bytes] = frozenset()
    kept: Headers = []
    for header in headers:
        name, value = header
        if name in NOT_ANSWERED:
            if name == b"connection" and value.lower() not in USUAL_CONNECTION:
                claimed = frozenset(part.strip().lower() for part in value.split(b","))
        elif name in ADDRESSED:
            kept.append((name, outside(value, piece, authority)))
        elif status != 304 or name != b"content-length":
            kept.append(header)
    return [header for header in kept if header[0] not in claimed] if claimed else kept


def outside(value: bytes, piece: str, authority: bytes) -> bytes:
    """An address, or a Link of addresses, of a piece as it is from outside."""
    prefix = b"/api/" + piece.encode()
    value = value.replace(b"http://" + authority + b"/v", b"/v")
    if value.startswith(b"/v"):
        return prefix + value
    return value.replace(b"</v", b"<" + prefix + b"/v")
