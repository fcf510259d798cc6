import json
import socket
import stat
import urllib.request
from pathlib import Path

import nats as client

from embedded import nats
from embedded.ports import free_port


async def test_what_was_acknowledged_survives_a_kill(open_folder: Path) -> None:
    broker = nats.start(open_folder, domain="queretaro")
    connection = await client.connect(broker.url)
    stream = connection.jetstream()
    await stream.add_stream(name="EVENTS", subjects=["queretaro.>"])
    for number in range(20):
        await stream.publish("queretaro.int.test", str(number).encode())
    broker.kill()
    await connection.close()

    with nats.running(open_folder, domain="queretaro", port=broker.port) as again:
        assert again.port == broker.port
        connection = await client.connect(again.url)
        kept = await connection.jetstream().stream_info("EVENTS")
        await connection.close()
    assert kept.state.messages == 20


def test_every_write_is_synced_before_it_is_acknowledged(open_folder: Path) -> None:
    monitor = free_port()
    with nats.running(open_folder, domain="queretaro", monitor_port=monitor) as broker:
        with urllib.request.urlopen(f"{broker.monitor}/jsz?config=1") as answer:
            config = json.load(answer)["config"]
    assert config["sync_always"] is True
    assert config["domain"] == "queretaro"
    assert config["store_dir"].startswith(str(open_folder))


def test_a_password_is_asked_for_and_only_the_owner_can_read_it(open_folder: Path) -> None:
    with (
        nats.running(open_folder, domain="queretaro") as broker,
        socket.create_connection(("127.0.0.1", broker.port), timeout=5) as connection,
    ):
        connection.sendall(b'CONNECT {"verbose": false, "user": "trama", "pass": "guessed"}\r\nPING\r\n')
        said = b""
        while part := connection.recv(4096):
            said += part
    assert b"Authorization Violation" in said
    assert b"PONG" not in said
    assert stat.S_IMODE((open_folder / "password").stat().st_mode) == 0o600


def test_the_wanted_port_is_taken_or_another_if_somebody_listens_there(open_folder: Path) -> None:
    wanted = free_port()
    with socket.create_server(("127.0.0.1", wanted)), nats.running(open_folder, domain="x", port=wanted) as other:
        assert other.port != wanted
    with nats.running(open_folder, domain="x", port=wanted) as broker:
        assert broker.port == wanted


def test_a_broker_left_by_a_killed_owner_is_stopped(open_folder: Path) -> None:
    broker = nats.start(open_folder, domain="x")
    assert nats.stop_left_over(open_folder) == broker.pid
    assert not broker.alive()
    assert nats.stop_left_over(open_folder) is None
