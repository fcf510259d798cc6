"""Telling an outage from a mistake."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout


def is_away(error: BaseException) -> bool:
    """Whether a failure is of the database's reachability, or a lost race for locks: nobody's fault, and worth trying
    again. By SQLSTATE classes: 08 connection, 40 rollback, 53 resources, 57 operator intervention."""
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return error.connection_invalidated or state[:2] in ("08", "40", "53", "57")
    return isinstance(error, PoolTimeout | OSError)
