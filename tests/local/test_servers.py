import socket
from pathlib import Path

import pytest

from embedded.postgres import THROWAWAY_SETTINGS
from embedded.process import StartError
from local.servers import DatabaseServer


def test_a_server_that_comes_back_keeps_the_port_that_the_pieces_know_or_does_not_come_back(open_folder: Path) -> None:
    part = DatabaseServer(open_folder, None, dict(THROWAWAY_SETTINGS))
    server = part.start()
    known = server.port
    server.kill()
    with socket.create_server(("127.0.0.1", known)), pytest.raises(StartError, match=str(known)):
        part.start()
    again = part.start()
    try:
        assert again.port == known
    finally:
        again.stop()
