"""Tax ids, checked the way each country makes them (python-stdnum). Pure, like rules."""

from collections.abc import Callable
from typing import NamedTuple

from stdnum.ec import ci, ruc
from stdnum.es import nif
from stdnum.exceptions import ValidationError
from stdnum.mx import rfc

from kit.errors import Invalid


class TaxId(NamedTuple):
    """How a country calls its tax ids, an example, and the checks of which one has to hold."""

    name: str
    example: str
    checks: tuple[Callable[[str], str], ...]


#: The check digit of an RFC is not asked for: the tax office itself has issued ones in which it is wrong.
BY_COUNTRY = {
    "MX": TaxId("RFC", "GODE561231GR8", (rfc.validate,)),
    "ES": TaxId("NIF", "A58818501", (nif.validate,)),
    "EC": TaxId("RUC o cédula", "1714307103001", (ruc.validate, ci.validate)),
}


def tax_id(text: str, country: str, field: str = "/tax_id") -> str:
    """The id as the country writes it, without blanks and dashes. Raises Invalid.

    Of a country that is not in the table any non-empty text is taken.
    """
    rule = BY_COUNTRY.get(country)
    if rule is None:
        return text.strip()
    for check in rule.checks:
        try:
            return check(text)
        except ValidationError:
            continue
    raise Invalid(
        "tax_id_invalid",
        "Not a valid {name}; one looks like {example}",
        field=field,
        name=rule.name,
        example=rule.example,
    )
