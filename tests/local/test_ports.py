import socket

import pytest

from embedded import ports


def test_a_port_that_somebody_listens_on_is_never_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert not ports.is_free(taken)
        assert ports.free_port(taken) != taken


def test_a_port_promised_to_another_part_is_not_given_again() -> None:
    wanted = ports.free_port()
    assert ports.free_port(wanted, taken=[wanted]) != wanted
    assert ports.free_port(wanted) == wanted


def test_it_is_said_when_nothing_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda _port: False)
    with pytest.raises(ports.NoFreePortError):
        ports.free_port()
