"""What only a gateway says, beside the kinds of kit.errors."""

from kit.errors import DomainError


class Malformed(DomainError):
    """400: this is not a request that can be passed on."""


class TooLarge(DomainError):
    """413."""


class HeadTooLarge(DomainError):
    """431."""


class NotAllowed(DomainError):
    """405."""


class BadAnswer(DomainError):
    """502: the piece answered, but not in a way that can be passed on."""


class OutOfTime(DomainError):
    """504: the piece did not answer in time."""


class Slow(DomainError):
    """408: the caller did not send in time."""
