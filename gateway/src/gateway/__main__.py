"""``python -m gateway``: the gateway, ready for strangers."""

from gateway.main import build
from gateway.server import server
from gateway.settings import Settings

if __name__ == "__main__":
    settings = Settings()
    server(build(settings), settings, host=settings.gateway_host, port=settings.gateway_port).run()
