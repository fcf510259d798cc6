"""`make run` as its user sees it: what it prints, what it refuses, how it stops."""

import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import httpx
import psutil
import pytest

from local.place import place_of
from local.stack import Stack, running
from local.supervisor import pause_after

pytestmark = [pytest.mark.system]


def command(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`python -m local …` as the leader of a process group, as a terminal's shell starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "local", *arguments, "--network", "leon"],
        env=os.environ | {"TRAMA_DATA": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )


@contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A network that was started by command, and what it said until it was ready."""
    owner = command(folder, "run", "--empty")
    assert owner.stdout is not None
    said = ""
    try:
        while "Ctrl-C stops it" not in said:
            line = owner.stdout.readline()
            assert line, said
            said += line
        yield owner, said
    finally:
        owner.send_signal(signal.SIGTERM)
        owner.communicate(timeout=60)


def children_of(owner: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(owner.pid).children(recursive=True)


@pytest.mark.slow
def test_it_says_where_it_answers_refuses_a_second_run_and_ctrl_c_stops_all_in_order(open_folder: Path) -> None:
    with started(open_folder) as (owner, said):
        gateway = re.search(r"everything +(http://\S+)", said)
        assert gateway is not None, said
        health = httpx.get(f"{gateway[1]}/health").json()
        assert health["pieces"] == {"members": "ok", "directory": "ok"}

        letters = re.search(r"letters +(http://\S+)", said)
        assert letters is not None, said
        assert "No letter yet" in httpx.get(letters[1]).text

        second = command(open_folder, "run")
        refusal, _ = second.communicate(timeout=30)
        assert second.returncode == 1
        assert f"leon runs already in this checkout as process {owner.pid}, at {gateway[1]}" in refusal

        children = children_of(owner)
        os.killpg(owner.pid, signal.SIGINT)  # what the terminal does at Ctrl-C
        rest, _ = owner.communicate(timeout=60)
        assert owner.returncode == 0, rest
        assert psutil.wait_procs(children, timeout=10)[1] == []
    place = place_of("leon", base=open_folder)
    assert "database system is shut down" in (place.postgres / "postgres.log").read_text()
    # The database outlived the pieces: none of them saw it go.
    assert "terminating connection due to administrator command" not in (place.postgres / "postgres.log").read_text()


@pytest.mark.slow
def test_a_piece_that_falls_is_started_again_on_its_address_and_it_is_said(open_folder: Path) -> None:
    with started(open_folder) as (owner, _):
        place = place_of("leon", base=open_folder)
        before = place.running()["programs"]["directory"]
        os.kill(before["pid"], signal.SIGKILL)
        deadline = time.monotonic() + 30
        while place.running()["programs"]["directory"]["pid"] == before["pid"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        after = place.running()["programs"]["directory"]
        assert after["url"] == before["url"]
        owner.send_signal(signal.SIGTERM)
        said, _ = owner.communicate(timeout=60)
    assert "directory ended with code -9; it is started again at once" in said


def test_the_pause_before_a_restart_grows_to_half_a_minute() -> None:
    assert [pause_after(falls) for falls in (1, 2, 3, 4, 5, 20)] == [0, 1, 2, 4, 8, 30]


@pytest.fixture(scope="module")
def network() -> Iterator[Stack]:
    with running("leon", pieces="members") as stack:
        yield stack


@pytest.mark.parametrize("part", ["postgres", "nats", "mail", "members", "gateway"])
def test_every_part_can_be_killed_and_comes_back_on_its_port(network: Stack, part: str) -> None:
    before = network.process(part).pid
    address = network.parts[part].port
    network.kill(part)
    assert not network.process(part).alive()
    network.restart(part)
    assert network.process(part).pid != before
    assert network.parts[part].port == address
    deadline = time.monotonic() + 20
    while httpx.get(f"{network.gateway_url}/health").status_code != httpx.codes.OK:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_letters_are_caught_and_shown_and_survive_the_catcher(network: Stack) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "x@leon.example", "ana@leon.example", "Prueba"
    letter.set_content("Mira https://leon.example/x")
    smtp_port = network.place.ports()["mail-smtp"]
    with smtplib.SMTP("127.0.0.1", smtp_port) as client:
        client.send_message(letter)
    network.kill("mail")
    network.restart("mail")
    (caught,) = network.letters(to="ana@leon.example")
    assert caught.text == "Mira https://leon.example/x\n"
    assert "Prueba" in httpx.get(network.mail_url).text
    with smtplib.SMTP("127.0.0.1", smtp_port) as client:
        client.send_message(letter)
    assert len(network.letters()) == 2


@pytest.mark.parametrize("secret", ["TRAMA_ADMIN_PASSWORD", "TRAMA_KEY_SECRET"])
def test_only_the_members_piece_knows_its_secrets(network: Stack, secret: str) -> None:
    knowing = [
        program.name
        for program in network.programs
        if secret in psutil.Process(network.process(program.name).pid).environ()
    ]
    assert knowing == ["members"]
