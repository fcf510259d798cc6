"""HTTP of ballots and results.

On a plain router: a ballot has no Idempotency-Key, whose table would tell who voted what, and needs none, for the same
ballot twice is the same ballot; and a result that is asked for first is counted then, in a transaction of its own.
"""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from kit.auth import ActorDep
from kit.conditional import PRIVATE
from kit.database import utc_now
from kit.language import Texts
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.problems import LanguageDep, TextsDep
from kit.routing import DatabaseDep, plain_router
from members.decisions import minutes, wording
from members.decisions.rules import ballots as rules
from members.decisions.rules.counting import Result
from members.decisions.rules.proposals import Proposal
from members.decisions.schemas import (
    BallotIn,
    BallotOut,
    CountedBallotOut,
    CountOut,
    ReceiptIn,
    ReceiptOut,
    RecountOut,
    ResultOut,
)
from members.decisions.service import counting, voting
from members.dependencies import SettingsDep

router = plain_router(prefix="/v1/proposals", tags=["decisions"])


class _Words:
    """The caller's language."""

    def __init__(self, texts: TextsDep, language: LanguageDep) -> None:
        self.texts: Texts = texts
        self.language: str = language

    def say(self, message: str, params: Mapping[str, object] | None = None) -> str:
        return self.texts.say(self.language, message, params)

    def result(self, proposal: Proposal, result: Result) -> ResultOut:
        names = wording.options(proposal, self.say)
        return ResultOut(
            proposal_id=proposal.id,
            outcome=result.outcome,
            because=wording.because(proposal, result, self.say),
            entitled=result.entitled,
            entitled_weight=result.entitled_weight,
            voted=result.voted,
            represented=result.represented,
            lost=result.lost,
            longest_chain=result.longest_chain,
            present=result.present,
            weight_cast=result.weight_cast,
            quorum_needed=result.quorum_needed,
            quorum_met=result.quorum_met,
            threshold=result.threshold,
            counts=[
                CountOut(option=c.option, text=names[c.option], votes=c.votes, weight=c.weight) for c in result.counts
            ],
            chosen=list(result.chosen),
            tied=list(result.tied),
            counted_at=proposal.counted_at or utc_now(),
        )


WordsDep = Annotated[_Words, Depends()]


@router.put("/{proposal_id}/ballots/{member_id}")
async def cast_ballot(
    *,
    proposal_id: UUID,
    member_id: UUID,
    body: BallotIn,
    database: DatabaseDep,
    settings: SettingsDep,
    actor: ActorDep,
    response: Response,
) -> BallotOut:
    """Votes for a member for which you act, or changes its vote: until closing the latest counts.

    The first answer to a secret ballot carries its receipt, which changes the vote and finds it in the count; send your
    own and you can repeat the request if the answer is lost.
    """
    async with database.transaction() as work:
        cast = await voting.cast(
            work,
            settings,
            actor,
            proposal_id,
            member_id,
            wanted=body.choices,
            reason=body.reason,
            receipt=body.receipt,
        )
    response.headers["cache-control"] = PRIVATE
    return BallotOut.model_validate(cast, from_attributes=True)


@router.get("/{proposal_id}/ballots/{member_id}")
async def get_ballots_of_member(
    *, proposal_id: UUID, member_id: UUID, database: DatabaseDep, settings: SettingsDep, actor: ActorDep
) -> list[BallotOut]:
    """A member's own ballots, the one that counts first; of a secret one, that there is one."""
    async with database.reading() as connection:
        found = await voting.own(connection, settings, actor, proposal_id, member_id)
    return [BallotOut.model_validate(ballot, from_attributes=True) for ballot in found]


@router.post("/{proposal_id}/receipts")
async def find_secret_ballot(
    *,
    proposal_id: UUID,
    body: ReceiptIn,
    database: DatabaseDep,
    settings: SettingsDep,
    actor: ActorDep,
    response: Response,
) -> ReceiptOut:
    """Finds the secret ballot that has this receipt: in the box, or in the count."""
    async with database.reading() as connection:
        found = await voting.find(connection, settings, actor, proposal_id, body.receipt)
    response.headers["cache-control"] = PRIVATE
    hashed = rules.receipt_hash(rules.receipt(body.receipt)).hex()
    return ReceiptOut(choices=list(found.choices), reason=found.reason, counted=found.counted, hash=hashed)


@router.get("/{proposal_id}/result")
async def get_proposal_result(
    proposal_id: UUID, database: DatabaseDep, settings: SettingsDep, actor: ActorDep, words: WordsDep
) -> ResultOut:
    """The count with its arithmetic. The first who asks after closing has it counted."""
    async with database.transaction() as work:
        proposal = await counting.decided(work, settings, actor, proposal_id)
    return words.result(proposal, counting.result(proposal))


@router.get("/{proposal_id}/recount")
async def recount_proposal(
    proposal_id: UUID, database: DatabaseDep, settings: SettingsDep, actor: ActorDep, words: WordsDep
) -> RecountOut:
    """Counts the ballots again, as they lie there, and compares."""
    async with database.transaction() as work:
        proposal = await counting.decided(work, settings, actor, proposal_id)
        again = await counting.recount(work.connection, proposal)
    first = counting.result(proposal)
    return RecountOut(same=again == first, result=words.result(proposal, first), recount=words.result(proposal, again))


@router.get("/{proposal_id}/ballots")
async def list_counted_ballots(
    *,
    proposal_id: UUID,
    database: DatabaseDep,
    settings: SettingsDep,
    actor: ActorDep,
    paging: PageDep,
    request: Request,
    response: Response,
) -> Page[CountedBallotOut]:
    """The ballots that were counted: of an open vote with who cast them, of a secret one with the hashes of receipts."""
    after = paging.key(lambda key: bytes.fromhex(str(key[0])))
    async with database.transaction() as work:
        proposal = await counting.decided(work, settings, actor, proposal_id)
        found = await voting.counted(work.connection, proposal, after=after, limit=paging.limit)
    shown = found[: paging.limit]
    cursor = encode_cursor([shown[-1].key.hex()]) if len(found) > paging.limit else None
    link_next(request, response, cursor)
    return Page(items=[CountedBallotOut.model_validate(one, from_attributes=True) for one in shown], next=cursor)


@router.get("/{proposal_id}/minutes", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
async def get_proposal_minutes(
    proposal_id: UUID, database: DatabaseDep, settings: SettingsDep, actor: ActorDep, words: WordsDep
) -> Response:
    """The result on paper (PDF), in your language: what was asked, by which rules, and how it was counted. No voter is
    named in it."""
    async with database.transaction() as work:
        proposal = await counting.decided(work, settings, actor, proposal_id)
        objections = await voting.objections(work.connection, proposal)
    result = counting.result(proposal)
    body = minutes.as_pdf(proposal, result, objections, words.say, settings)
    name = f'inline; filename="{proposal.id}.pdf"'
    headers = {"content-disposition": name, "cache-control": PRIVATE}
    return Response(body, media_type="application/pdf", headers=headers)
