"""A certificate's public page, its paper and its code."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import segno

from catalog import guarantee
from catalog.guarantee import page, wording
from kit.language import texts_of
from kit.testing.pieces import Piece, Runner
from kit.testing.spy import Spy
from kit.testing.tokens import Tokens
from tests.catalog.peers import TODAY, Network, day, network

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
async def piece(spy: Spy, running: Runner) -> AsyncIterator[Piece]:
    async with running("catalog", public_url="https://coope.example", name="La Coope") as piece:
        yield piece


@pytest.fixture
async def net(piece: Piece, spy: Spy, tokens: Tokens) -> Network:
    return await network(piece, spy, tokens)


class Elements(HTMLParser):
    """Every element of a page with its attributes, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


async def test_the_page_says_at_a_glance_whether_it_holds_and_loads_nothing(net: Network) -> None:
    await net.publish_standard()
    application_id = await net.apply(products=["Jitomate <script>alert(1)</script>"])
    await net.make(await net.plan(application_id))
    await net.decide(application_id)
    code = f"QRO-PGS-{TODAY.year}-0001"
    address = f"/v1/certificates/{code}"
    client = net.piece.client

    answer = await client.get(address, headers={**BROWSER, "accept-language": "es"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == page.POLICY
    assert answer.headers["vary"] == "accept, accept-language"
    shown = Elements(answer.text)
    assert {"script", "link", "img", "iframe"}.isdisjoint(tag for tag, _ in shown.found)
    assert all(not name.startswith("on") for _, attrs in shown.found for name in attrs)
    assert [attrs["href"] for tag, attrs in shown.found if tag == "a"] == ["?lang=en"]
    for text in ("✓", "Válido", "Rancho 0", "Orgánico", "Jitomate <script>alert(1)</script>", code, "La Coope"):
        assert any(text in one for one in shown.texts), text
    again = await client.get(
        address, headers={**BROWSER, "accept-language": "es", "if-none-match": answer.headers["etag"]}
    )
    assert again.status_code == 304

    await net.did(f"/certificates/{code}/suspend", {"reason": "Privado: el vecino"})
    english = (await client.get(f"{address}?lang=en", headers=BROWSER)).text
    assert "✗" in english
    assert "Not valid: suspended" in english
    assert "el vecino" not in english
    assert "Valid until" not in Elements(english).texts


async def test_the_paper_and_the_label_carry_a_code_of_the_public_address(net: Network) -> None:
    await net.publish_standard()
    code = await net.certify(valid_until=day(60))
    address = f"/v1/certificates/{code}"
    first = await net.piece.client.get(address, headers={"accept": "application/pdf"})
    assert first.headers["content-type"] == "application/pdf"
    assert first.content.startswith(b"%PDF-")
    second = await net.piece.client.get(address, headers={"accept": "application/pdf"})
    assert first.content == second.content

    where = f"https://coope.example/api/catalog/v1/certificates/{code}"
    typed = await net.piece.client.get(f"/v1/certificates/{code.lower()}")
    assert typed.json()["code"] == code
    label = await net.piece.client.get(f"{address}/qr")
    assert label.headers["content-type"] == "image/svg+xml"
    assert label.text == page.qr_svg(where)
    assert page.qr(where) == segno.make_qr(where, error="m")
    assert (await net.piece.client.get(address, headers={"accept": "audio/ogg"})).status_code == 406


def test_all_that_the_page_says_has_its_spanish() -> None:
    folder = Path(str(guarantee.__file__)).parent
    said = {
        *wording.HEADLINES.values(),
        *wording.OUTCOMES.values(),
        *wording.SUSPENSIONS.values(),
    }
    for name in ("page.py", "paper.py", "wording.py"):
        source = (folder / name).read_text()
        said |= set(re.findall(r'\bsay\(\s*"((?:[^"\\]|\\.)+)"\s*[,)]', source))
    assert len(said) > 25
    spanish = texts_of("catalog")
    assert {text for text in said if spanish.say("es", text) == text} == set()
