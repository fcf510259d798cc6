"""Letters to a server that wants TLS and a password, as real ones do."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from structlog.testing import CapturingLogger

from kit import mail
from kit.database import Database, utc_now
from kit.mail import Letter, delivery
from kit.mail.delivery import Postman
from kit.mail.letter import sender_of
from kit.mail.smtp import Server
from kit.testing.databases import Databases
from kit.testing.mail import Postbox

SENDER = sender_of("hola@coope.example")
#: aiosmtpd takes no password under TLS that was there from the first byte.
USER = {"smtp": "coope:p%40ss%2Fword@", "smtps": ""}


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of 127.0.0.1, by nobody that anyone believes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(utc_now() - timedelta(days=1))
        .not_valid_after(utc_now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def login(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"coope", b"p@ss/word")
    return AuthResult(success=right, handled=False)


@asynccontextmanager
async def server(certificate: Path, scheme: str) -> AsyncIterator[Postbox]:
    """A mail server that takes letters under TLS alone, and after STARTTLS with a password alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    box = Postbox()
    direct = scheme == "smtps"

    def protocol() -> SMTP:
        if direct:
            return SMTP(box)
        return SMTP(box, tls_context=context, require_starttls=True, authenticator=login, auth_required=True)

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if direct else None)
    box.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield box


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with databases.fresh("members") as url:
        opened = Database(url, network="tcoope", service="members")
        async with opened.transaction() as work:
            await mail.post(work, Letter(to="ana@coope.example", subject="Hola", text="Hola\n"))
        yield opened
        await opened.close()


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_letter_goes_under_tls(
    database: Database, certificate: Path, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with server(certificate, scheme) as box:
        url = f"{scheme}://{USER[scheme]}127.0.0.1:{box.port}"
        await Postman(database, Server.read(url), SENDER).deliver()
        assert [letter["To"] for letter in box.letters] == ["ana@coope.example"]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_no_letter_goes_to_a_server_whose_certificate_nobody_vouches_for(
    database: Database, certificate: Path, scheme: str
) -> None:
    async with server(certificate, scheme) as box:
        url = f"{scheme}://{USER[scheme]}127.0.0.1:{box.port}"
        await Postman(database, Server.read(url), SENDER).deliver()
        assert box.letters == []


async def test_a_wrong_password_is_an_outage_and_costs_no_letter(
    database: Database, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    logged = CapturingLogger()
    monkeypatch.setattr(delivery, "log", logged)
    async with server(certificate, "smtp") as box:
        man = Postman(database, Server.read(f"smtp://coope:wrong@127.0.0.1:{box.port}"), SENDER)
        await man.deliver()
        await man.deliver()
        told = [call.args[0] for call in logged.calls if call.method_name == "warning"]
        assert (told, "wrong" in repr(logged.calls)) == (["mail_server_away"], False)
        await Postman(database, Server.read(f"smtp://coope:p%40ss%2Fword@127.0.0.1:{box.port}"), SENDER).deliver()
        assert len(box.letters) == 1
