"""Minutes on paper, and the words of votes in Spanish."""

import ast
from importlib.resources import files
from pathlib import Path

from kit.language import Texts
from members.decisions import wording
from tests.members.assembly import Assembly

TEXTS = Texts(["kit", "members"])


def test_every_word_of_a_vote_has_its_spanish() -> None:
    said = {
        *wording.ANSWERS.values(),
        *wording.METHODS.values(),
        *wording.OUTCOMES.values(),
        *wording.BALLOTS.values(),
    } - {"No"}
    source = ast.parse(Path(str(files("members.decisions") / "minutes.py")).read_text())
    for node in ast.walk(source):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", "") == "say"
            and isinstance(node.args[0], ast.Constant)
        ):
            said.add(str(node.args[0].value))
    assert len(said) >= 30
    assert {text for text in said if TEXTS.say("es", text) == text} == set()


async def test_the_minutes_are_a_document_that_stays_the_same(assembly: Assembly) -> None:
    proposal_id = await assembly.propose(method="consent", quorum={"percent": 50})
    await assembly.votes(proposal_id, ana="consent", bea="stand_aside")
    assert (await assembly.vote(proposal_id, "carla", "object", reason="Too dear.")).status_code == 200
    await assembly.result(proposal_id)
    first = await assembly.get(proposal_id, "minutes", "ana")
    assert (first.status_code, first.headers["content-type"]) == (200, "application/pdf")
    assert first.content.startswith(b"%PDF")
    assert (await assembly.get(proposal_id, "minutes", "dora")).content == first.content
    assert (await assembly.piece.client.get(f"/v1/proposals/{proposal_id}/minutes")).status_code == 401


async def test_there_are_no_minutes_before_the_count(assembly: Assembly) -> None:
    proposal_id = await assembly.propose()
    assert (await assembly.get(proposal_id, "minutes", "ana")).status_code == 409
