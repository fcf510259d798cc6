"""What can go wrong, as kinds. Rules and services raise them; kit.problems and the consumer say what they mean outside.

DomainError
├── Invalid               what was sent can't be taken as it is
├── TooLarge              it has more bytes than are taken
├── Unsupported           it is of a kind that is not taken
├── NotFound              there is no such thing, or it is not yours to see
├── Conflict              it can't be done in the state that things are in
├── Forbidden             you may not
├── Unauthenticated       say who you are first
├── PreconditionFailed    somebody else changed it meanwhile
├── PreconditionRequired  say which version you mean to change
├── TooManyRequests       later
└── Unavailable           something that is needed is down
"""

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """Raised with a stable ``code`` and an English ``message`` whose {placeholders} are filled from ``params``.

    ``field`` is the JSON pointer of what was wrong in the body; ``extra`` holds further members for the answer.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        extra: Mapping[str, Any] | None = None,
        **params: object,
    ) -> None:
        super().__init__(message.format(**params) if params else message)
        self.code = code
        self.message = message
        self.field = field
        self.extra = dict(extra or {})
        self.params = params


class Invalid(DomainError):
    pass


class TooLarge(DomainError):
    pass


class Unsupported(DomainError):
    pass


class NotFound(DomainError):
    pass


class Conflict(DomainError):
    pass


class Forbidden(DomainError):
    pass


class Unauthenticated(DomainError):
    pass


class PreconditionFailed(DomainError):
    pass


class PreconditionRequired(DomainError):
    pass


class TooManyRequests(DomainError):
    pass


class Unavailable(DomainError):
    pass
