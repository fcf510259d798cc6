"""What went wrong between the gateway and a piece, as the caller hears it. Pure."""

from gateway.errors import BadAnswer, OutOfTime, Slow, TooLarge
from gateway.upstream import failures
from kit.errors import DomainError, Unavailable


def explained(error: failures.UpstreamError, piece: str) -> DomainError:
    """Says whether asking again is safe, and when."""
    match error:
        case failures.Refused():
            return Unavailable(
                "piece_down", "The piece {piece} can't be reached just now; nothing was changed", piece=piece
            )
        case failures.Busy():
            return Unavailable(
                "piece_busy", "The piece {piece} has its hands full; nothing was changed, try again", piece=piece
            )
        case failures.TooSlow():
            return OutOfTime(
                "piece_slow",
                "The piece {piece} did not answer in time; it may still have done what was asked: ask again with the "
                "same Idempotency-Key",
                piece=piece,
            )
        case failures.ClientSlow():
            return Slow("sent_too_slowly", "The request did not come in time")
        case failures.TooLarge():
            return TooLarge("body_too_large", "The request's body is larger than what is taken here")
        case _:
            return BadAnswer(
                "piece_failed",
                "The piece {piece} broke off; it may have done what was asked: ask again with the same Idempotency-Key",
                piece=piece,
            )
