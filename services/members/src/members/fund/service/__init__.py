"""Use cases of the fund: what its doors call."""

from members.fund.service import applying, changing, conditions, lending, position, reading, reminding, saving

__all__ = ["applying", "changing", "conditions", "lending", "position", "reading", "reminding", "saving"]
