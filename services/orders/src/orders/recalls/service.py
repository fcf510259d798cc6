"""Telling members of a recall, and hearing from them."""

import json
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from contracts.notices import OrdersNotice
from contracts.recalls import LotRecalled, RecallClosed
from kit.actor import Actor
from kit.database import Work
from kit.errors import Invalid, NotFound
from kit.language import Words
from kit.notices import tell
from orders.recalls import repository
from orders.recalls.wording import amount


async def take_in(work: Work, parts: Sequence[LotRecalled]) -> None:
    """Notes whom recalls reach, and writes to each of them once for each time that something new is known."""
    await repository.add(work, parts)
    by_id = {part.recall_id: part for part in parts}
    lines = [
        {"recall_id": str(part.recall_id), **line.model_dump(mode="json")} for part in parts for line in part.lines
    ]
    new = defaultdict(list)
    for row in await repository.add_lines(work, json.dumps(lines)):
        new[row.recall_id, row.member_id].append(row)
    for (recall_id, member_id), rows in sorted(new.items()):
        recall = by_id[recall_id]
        goods = "\n".join(f"- {row.product}, {amount(row.quantity, row.unit)}, {row.lot}" for row in rows)
        params = {"number": recall.number, "goods": goods, "reason": recall.reason, "advice": recall.advice}
        if recall.severity == "recall":
            subject = Words("Please don't eat this: recall {number}", params)
        else:
            subject = Words("About something that you ordered: warning {number}", params)
        text = Words(
            "Something that you ordered may not be good. Product, amount and lot:\n\n{goods}\n\nWhy: {reason}\n\n"
            "What to do: {advice}\n\nPlease tell us what has become of it, so that nobody has to ask you.",
            params,
        )
        tell(work, OrdersNotice, member_id, subject, text)


async def close(work: Work, recalls: Sequence[RecallClosed]) -> None:
    """Nothing more is asked of anybody."""
    await repository.add(work, recalls)
    await repository.close(work, [one.recall_id for one in recalls])


async def answer(work: Work, actor: Actor, recall_id: UUID, *, member_id: UUID | None, said: str, note: str) -> None:
    """What has become of what a member got. A coordinator who was told on the telephone says it for them."""
    if member_id is not None and not (actor.acts_for(member_id) or actor.has("coordinator")):
        raise NotFound("recall_not_found", "There is no such recall")
    among = actor.member_ids if member_id is None else {member_id}
    reached = await repository.members_of(work, recall_id, among)
    if not reached:
        raise NotFound("recall_not_found", "There is no such recall")
    if len(reached) > 1:
        raise Invalid("member_not_said", "Say for which member", field="/member_id")
    await repository.answer(work, recall_id, reached.pop(), said, note)
