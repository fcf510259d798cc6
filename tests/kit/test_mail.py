"""A letter is sent once its transaction has committed: at least once, by one replica at a time, and never lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from structlog.testing import CapturingLogger

from kit import mail
from kit.database import Database, utc_now
from kit.mail import Attachment, Letter, delivery, table
from kit.mail.delivery import Postman
from kit.mail.letter import compose, sender_of
from kit.mail.smtp import Server
from kit.settings import Settings
from kit.testing.databases import Databases
from kit.testing.mail import Postbox, text_of
from kit.testing.pieces import eventually

SENDER = sender_of("La Coope <hola@coope.example>")
ANA = "ana@coope.example"


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with databases.fresh("members") as url:
        opened = Database(url, network="tcoope", service="members")
        yield opened
        await opened.close()


def postman(database: Database, box: Postbox) -> Postman:
    return Postman(database, Server.read(box.url), SENDER)


@asynccontextmanager
async def at_work(*men: Postman) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(man.run()) for man in men]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def post(database: Database, *letters: Letter) -> None:
    async with database.transaction() as work:
        for letter in letters:
            await mail.post(work, letter)


async def row(database: Database, letter: Letter) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(text("SELECT * FROM letters WHERE id = :id"), {"id": letter.id})).one()


def hello(to: str = ANA, **more: Any) -> Letter:
    return Letter(**{"to": to, "subject": "¡Hola!", "text": "Bienvenida, Ñuta.\n", **more})


async def test_a_letter_arrives_as_it_was_written(database: Database, postbox: Postbox) -> None:
    letter = hello(attachments=(Attachment("recibo ñ.pdf", "application/pdf", b"%PDF-\x00\xff"),))
    async with at_work(postman(database, postbox)):
        await post(database, letter)
        arrived = await postbox.next(ANA)
    assert (arrived["From"], arrived["Subject"]) == ("La Coope <hola@coope.example>", "¡Hola!")
    assert text_of(arrived) == "Bienvenida, Ñuta.\n"
    (attached,) = arrived.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("recibo ñ.pdf", "application/pdf")
    assert attached.get_content() == b"%PDF-\x00\xff"
    assert arrived["Message-ID"] == f"<{letter.id}@coope.example>"
    assert arrived["Auto-Submitted"] == "auto-generated"


async def test_it_goes_out_at_once_after_the_commit_without_waiting_for_the_next_look(
    database: Database, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "POLL", 3600)
    async with at_work(postman(database, postbox)):
        await asyncio.sleep(0.3)
        await post(database, hello())
        await postbox.next(ANA)


async def test_what_another_process_posted_is_found_by_looking(database: Database, postbox: Postbox) -> None:
    elsewhere = Database(database.engine.url.render_as_string(hide_password=False), network="t", service="members")
    async with at_work(postman(database, postbox)):
        await post(elsewhere, hello())
        await postbox.next(ANA)
    await elsewhere.close()


async def test_a_transaction_that_failed_sends_nothing(database: Database, postbox: Postbox) -> None:
    async with at_work(postman(database, postbox)):
        with pytest.raises(RuntimeError):
            await _post_and_fail(database)
        await post(database, hello("luz@coope.example"))
        await postbox.next("luz@coope.example")
    assert postbox.to(ANA) == []


async def _post_and_fail(database: Database) -> None:
    async with database.transaction() as work:
        await mail.post(work, hello())
        raise RuntimeError


async def test_the_same_letter_posted_twice_is_sent_once(database: Database, postbox: Postbox) -> None:
    letter = hello()
    async with at_work(postman(database, postbox)):
        await post(database, letter, letter)
        await post(database, letter)
        await post(database, hello("luz@coope.example"))
        await postbox.next("luz@coope.example")
    assert len(postbox.to(ANA)) == 1


async def test_replicas_together_send_each_letter_once(database: Database, postbox: Postbox) -> None:
    men = [postman(database, postbox) for _ in range(4)]
    await post(database, *(hello(f"n{n}@coope.example") for n in range(60)))
    async with at_work(*men):
        await eventually(lambda: _count(postbox), lambda found: found >= 60, 20)
        await asyncio.sleep(0.2)
    assert sorted(letter["To"] for letter in postbox.letters) == sorted(f"n{n}@coope.example" for n in range(60))


async def _count(postbox: Postbox) -> int:
    return len(postbox.letters)


async def test_two_who_take_together_never_take_the_same(database: Database) -> None:
    await post(database, *(hello(f"n{n}@coope.example") for n in range(20)))
    taken: list[UUID] = []
    open_together = asyncio.Barrier(2)

    async def take() -> None:
        async with database.transaction() as work:
            await work.execute(text("SELECT 1"))
            await open_together.wait()
            taken.extend(row.id for row in await table.take(work.connection, 10))
            await open_together.wait()

    await asyncio.gather(take(), take())
    assert len(taken) == len(set(taken)) == 20


async def test_no_transaction_is_open_while_the_server_is_spoken_to(database: Database, postbox: Postbox) -> None:
    open_meanwhile: list[int] = []
    asked = asyncio.get_running_loop().create_future()

    def slow(_recipient: str) -> str | None:
        asked.set_result(None)
        return None

    postbox.answers = slow
    async with at_work(postman(database, postbox)):
        await post(database, hello())
        await asked
        async with database.reading() as connection:
            found = await connection.execute(
                text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start < now()")
            )
            open_meanwhile.append(found.scalar_one())
    assert open_meanwhile == [0]


async def test_who_is_stopped_in_the_middle_of_a_letter_goes_at_once_and_the_letter_is_not_lost(
    database: Database, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, never = asyncio.Event(), asyncio.Event()

    async def handle_data(*_: object) -> str:
        asked.set()
        await never.wait()
        return "250 Taken"

    monkeypatch.setattr(postbox, "handle_DATA", handle_data, raising=False)
    letter = hello()
    async with at_work(postman(database, postbox)):
        await post(database, letter)
        await asyncio.wait_for(asked.wait(), 10)
        stopped_at = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - stopped_at < 5
    waiting = await row(database, letter)
    assert (waiting.sent_at, waiting.refused_at, waiting.attempts) == (None, None, 0)
    never.set()


async def test_one_that_was_sent_but_not_noted_comes_again_under_the_same_id(
    database: Database, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = hello()
    await post(database, letter)

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as broken:
        # As if the process was killed between the server's answer and the note.
        broken.setattr(table, "mark_sent", dies)
        broken.setattr(table, "put_back", dies)
        with pytest.raises(asyncio.CancelledError):
            await postman(database, postbox).deliver()
    await postman(database, postbox).deliver()
    assert len(postbox.letters) == 1, "its lease still holds"
    async with database.transaction() as work:
        await work.execute(text("UPDATE letters SET due_at = now()"))
    await postman(database, postbox).deliver()
    first, second = postbox.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert (await row(database, letter)).sent_at is not None


async def test_a_refusal_for_good_is_kept_with_its_reason_and_stops_nobody(
    database: Database, postbox: Postbox
) -> None:
    postbox.answers = lambda to: "550 No such mailbox" if to == ANA else None
    refused, other = hello(), hello("luz@coope.example")
    await post(database, refused, other)
    await postman(database, postbox).deliver()
    assert [letter["To"] for letter in postbox.letters] == ["luz@coope.example"]
    kept = await row(database, refused)
    assert (kept.last_error, kept.refused_at is None, kept.sent_at) == ("550 No such mailbox", False, None)
    await postman(database, postbox).deliver()
    assert (await row(database, refused)).attempts == 1


async def test_one_that_is_refused_for_now_is_tried_later_and_given_up_after_days(
    database: Database, postbox: Postbox
) -> None:
    postbox.answers = lambda _: "451 Greylisted"
    letter = hello()
    await post(database, letter)
    await postman(database, postbox).deliver()
    waiting = await row(database, letter)
    assert (waiting.last_error, waiting.refused_at) == ("451 Greylisted", None)
    assert waiting.due_at > utc_now() + timedelta(seconds=20)
    async with database.transaction() as work:
        await work.execute(text("UPDATE letters SET due_at = now(), made_at = now() - interval '6 days'"))
    await postman(database, postbox).deliver()
    assert (await row(database, letter)).refused_at is not None


async def test_letters_wait_untouched_while_the_server_is_away(database: Database, postbox: Postbox) -> None:
    letter = hello()
    await post(database, letter)
    nobody = Postman(database, Server.read("smtp+plain://127.0.0.1:9"), SENDER)
    await nobody.deliver()
    waiting = await row(database, letter)
    assert (waiting.attempts, waiting.sent_at, waiting.refused_at) == (0, None, None)
    await postman(database, postbox).deliver()
    assert len(postbox.letters) == 1


async def test_a_password_that_the_server_does_not_take_costs_no_letter(database: Database, postbox: Postbox) -> None:
    postbox.answers = lambda _: "530 Authentication required"
    letter = hello()
    await post(database, letter)
    await postman(database, postbox).deliver()
    kept = await row(database, letter)
    assert (kept.attempts, kept.refused_at) == (0, None)
    assert kept.due_at <= utc_now()


async def test_without_a_server_letters_wait_and_the_log_says_so_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = CapturingLogger()
    monkeypatch.setattr(delivery, "log", logged)
    letter = hello()
    await post(database, letter)
    man = Postman(database, None, None)
    await man.deliver()
    await man.deliver()
    assert [call.args for call in logged.calls] == [("letters_wait",)]
    assert (await row(database, letter)).attempts == 0


async def test_one_whose_time_is_over_is_not_sent(database: Database, postbox: Postbox) -> None:
    letter = hello(good_until=utc_now() - timedelta(seconds=1))
    await post(database, letter)
    await postman(database, postbox).deliver()
    assert postbox.letters == []
    assert (await row(database, letter)).refused_at is not None


async def test_one_whose_time_is_over_is_given_up_without_a_server_too(database: Database) -> None:
    letter = hello(good_until=utc_now() + timedelta(hours=1))
    await post(database, letter, hello("luz@coope.example"))
    for later, given_up in ((timedelta(0), 0), (timedelta(hours=2), 1)):
        async with database.transaction() as work:
            work.now += later
            await table.tidy(work)
            found = await work.execute(text("SELECT count(*) FROM letters WHERE refused_at IS NOT NULL"))
            assert found.scalar_one() == given_up


async def test_no_password_goes_to_a_server_without_tls(database: Database, postbox: Postbox) -> None:
    await post(database, hello())
    bare = f"smtp://user:secret@127.0.0.1:{postbox.port}"
    await Postman(database, Server.read(bare), SENDER).deliver()
    assert postbox.letters == []


async def test_words_are_forgotten_some_days_after_a_letter_is_done_with(database: Database, postbox: Postbox) -> None:
    sent, waiting = hello(), hello("luz@coope.example")
    await post(database, sent)
    await postman(database, postbox).deliver()
    await post(database, waiting)
    async with database.transaction() as work:
        work.now += timedelta(days=table.WORDS_KEPT_DAYS, minutes=1)
        await table.tidy(work)
    forgotten = await row(database, sent)
    assert (forgotten.recipient, forgotten.subject, forgotten.text, forgotten.attachments) == (None, None, None, [])
    assert (await row(database, waiting)).recipient == "luz@coope.example"
    async with database.transaction() as work:
        work.now += timedelta(days=table.ROW_KEPT_DAYS + 1)
        await table.tidy(work)
        left = (await work.execute(text("SELECT id FROM letters"))).scalars().all()
    assert left == [waiting.id]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ana",
        "@coope.example",
        "ana@",
        "ana@coope.example\r\nBcc: all@coope.example",
        "a b@c.example",
        "a\0@c.example",
    ],
)
def test_no_letter_is_made_for_what_is_no_address(to: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Letter(to=to, subject="x", text="y")


def test_what_a_person_wrote_can_add_no_header() -> None:
    message = compose(
        letter_id=UUID(int=1),
        sender=SENDER,
        to=ANA,
        subject="Hola\r\nBcc: todas@coope.example",
        text="Hola\n.\nBcc: x\n",
        attachments=[Attachment('a"\r\nX-Evil: 1.pdf', "application/pdf", b"x")],
        made_at=utc_now(),
    )
    headers = [line for line in message.as_bytes().split(b"\r\n\r\n")[0].split(b"\r\n") if line[:1].isalpha()]
    assert not [line for line in headers if line.startswith((b"Bcc", b"X-Evil"))]
    assert message["Subject"] == "Hola Bcc: todas@coope.example"


@pytest.mark.parametrize("media_type", ["pdf", "application/", "a/b\r\nX: y", "text/html; charset=x"])
def test_a_media_type_is_one_word_of_each(media_type: str) -> None:
    with pytest.raises(ValueError, match="media type"):
        Attachment("a", media_type, b"")


@pytest.mark.parametrize(
    "wrong",
    [
        {"smtp_url": "http://mail.example", "mail_from": ANA},
        {"smtp_url": "smtp://", "mail_from": ANA},
        {"smtp_url": "smtp://mail.example"},
        {"smtp_url": "smtp://mail.example", "mail_from": "nobody"},
        {"public_url": "coope.example"},
        {"public_url": "ftp://coope.example"},
    ],
)
def test_settings_that_could_send_nothing_are_refused_at_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"write it like|TRAMA_MAIL_FROM"):
        Settings(network="tcoope", **wrong)  # type: ignore[arg-type]  # values come as text from the environment
