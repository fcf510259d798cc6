"""From certificates to the contract's events."""

from catalog.guarantee.rules.certificates import Certificate, words
from catalog.settings import Settings
from contracts.catalog import CertificateChanged, CertificateIssued, CertificateState


def address(settings: Settings, code: str) -> str:
    """Where a certificate's page is, for people and for QR codes; without the host where the network has not said
    its own."""
    return f"{settings.public_url}/api/catalog/v1/certificates/{code}"


def changed(certificate: Certificate, settings: Settings) -> CertificateState:
    """The certificate as it is told now; the first time, that it was issued."""
    fact: type[CertificateState] = CertificateIssued if certificate.version == 1 else CertificateChanged
    return fact(
        certificate_id=certificate.id,
        code=certificate.code,
        member_id=certificate.member_id,
        member_name=certificate.told_name,
        standard=certificate.standard,
        standard_name=certificate.standard_name,
        status=certificate.status,
        stage=certificate.stage,
        practices=list(words(certificate.backing, certificate.status)),
        products=list(certificate.products),
        issued_on=certificate.issued_on,
        valid_until=certificate.valid_until,
        address=address(settings, certificate.code),
    )
