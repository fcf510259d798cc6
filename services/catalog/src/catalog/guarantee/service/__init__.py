"""The use cases of the guarantee."""

from catalog.guarantee.rules.certificates import CertificateOn
from catalog.guarantee.service.reading import certificates_at

__all__ = ["CertificateOn", "certificates_at"]
