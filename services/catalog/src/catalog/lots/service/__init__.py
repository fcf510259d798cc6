"""Use cases of lots: what other rooms may ask of this one."""

from catalog.lots.rules.tracing import Reached
from catalog.lots.service.tracing import backward, forward, reached_lots

__all__ = ["Reached", "backward", "forward", "reached_lots"]
