"""Rate limits by GCRA: a leaky bucket that keeps a single number per key. Pure but for its table.

Each process of the gateway counts for itself: with n of them behind a balancer the limit is up to n times as much.
"""

from typing import NamedTuple

#: Keys kept before those that are no longer limited are forgotten.
KEYS = 100_000


class Verdict(NamedTuple):
    allowed: bool
    #: Requests that may follow at once.
    remaining: int
    #: Seconds until all of the burst is there again, or, if refused, until the next request passes.
    seconds: float


class Limiter:
    """``rate`` requests a second in the long run, ``burst`` of them at once."""

    def __init__(self, rate: float, burst: int) -> None:
        self._interval = 1 / rate
        self._tolerance = burst / rate
        self._arrivals: dict[object, float] = {}

    def judge(self, key: object, now: float) -> Verdict:
        """Counts one request of ``key`` at ``now`` (seconds, any steady clock)."""
        arrival = self._arrivals.get(key, now)
        due = (max(now, arrival)) + self._interval
        room = now + self._tolerance - due
        # A millionth of a request's worth of rounding is not a reason to refuse.
        if room < -1e-6 * self._interval:
            return Verdict(False, 0, -room)
        self._arrivals[key] = due
        if len(self._arrivals) > KEYS:
            self._forget(now)
        return Verdict(True, int(room / self._interval + 1e-6), due - now)

    def _forget(self, now: float) -> None:
        self._arrivals = {key: arrival for key, arrival in self._arrivals.items() if arrival > now}
        if len(self._arrivals) > KEYS // 2:
            # So many at once can't be told apart from an attack with made-up addresses; memory comes first.
            self._arrivals.clear()
