"""What can go wrong between the gateway and a piece.

UpstreamError
├── Refused       no connection could be made
├── Busy          as many connections are open as may be
├── Stale         the connection was closed before any byte of an answer came
├── Broken        the answer stopped half-way, or is not HTTP
├── TooSlow       the piece, or the way to it, takes longer than it may
├── ClientGone    the caller left
├── ClientSlow    the caller stopped sending half-way
└── TooLarge      the caller sends more than it may
"""


class UpstreamError(Exception):
    pass


class Refused(UpstreamError):
    pass


class Busy(UpstreamError):
    pass


class Stale(UpstreamError):
    pass


class Broken(UpstreamError):
    pass


class TooSlow(UpstreamError):
    pass


class ClientGone(UpstreamError):
    pass


class ClientSlow(UpstreamError):
    pass


class TooLarge(UpstreamError):
    pass
