"""The mail catcher's pages: whatever a letter holds, they show it as text and load nothing."""

from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from local.mail.box import KEPT, Box
from local.mail.pages import site

EVIL = '<script>alert(1)</script><img src="http://evil.example/x.png">'


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "letters")


def browser(box: Box) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(site(box)), base_url="http://catcher")


def letter(subject: str = "Hola", text: str = "Hola\n", attachment: bytes | None = None) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "hola@coope.example", "ana@coope.example", subject
    made.set_content(text)
    if attachment is not None:
        made.add_attachment(attachment, maintype="text", subtype="html", filename='a"<b>.html')
    return bytes(made)


async def test_a_letter_is_listed_and_shown_with_links_to_click(box: Box) -> None:
    box.keep(letter("Tu código", "Entra en https://coope.example/a?b=1&c=2.\nGracias\n"))
    client = browser(box)
    name = box.letters()[0].name
    assert f'href="/letters/{name}">Tu código</a>' in (await client.get("/")).text
    shown = (await client.get(f"/letters/{name}")).text
    assert '<a href="https://coope.example/a?b=1&amp;c=2" rel="noreferrer">' in shown
    assert ".\nGracias" in shown


async def test_what_a_letter_holds_is_text_and_nothing_is_loaded(box: Box) -> None:
    box.keep(letter(EVIL, EVIL, EVIL.encode()))
    client = browser(box)
    name = box.letters()[0].name
    for address in ("/", f"/letters/{name}"):
        page = await client.get(address)
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
    file = await client.get(f"/letters/{name}/0")
    assert file.headers["content-disposition"].startswith("attachment;")
    assert (file.headers["content-type"], file.headers["x-content-type-options"]) == (
        "application/octet-stream",
        "nosniff",
    )
    assert file.content.strip() == EVIL.encode()


@pytest.mark.parametrize("address", ["/letters/none", "/letters/..%2F..%2Fsecrets", "/letters/none/0"])
async def test_there_is_nothing_but_letters(box: Box, address: str) -> None:
    assert (await browser(box).get(address)).status_code == 404


async def test_a_file_that_is_not_attached_is_not_there(box: Box) -> None:
    box.keep(letter())
    assert (await browser(box).get(f"/letters/{box.letters()[0].name}/0")).status_code == 404


async def test_the_oldest_make_room_and_the_order_is_that_of_arrival(box: Box) -> None:
    for number in range(KEPT + 3):
        box.keep(letter(str(number)))
    assert [caught.letter["Subject"] for caught in box.letters()] == [str(number) for number in range(3, KEPT + 3)]
