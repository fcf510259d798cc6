"""Tax ids, checked the way each country makes them (python-stdnum). Pure, like rules."""

import re
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


LONGEST = 25


def tax_id(text: str, country: str, field: str = "/tax_id") -> str:
    """The id as the country writes it, without blanks and dashes. Raises Invalid.

    It may have the country's letters before it, as in a VAT number; those of another country of the table stay, and that
    country's check is made. Of a country that is not in the table anything is taken that looks like an id.
    """
    compact = re.sub(r"[\s.\-/]", "", text).upper()
    rule = BY_COUNTRY.get(country)
    if rule is None:
        if not (compact.isascii() and compact.isalnum() and len(compact) <= LONGEST and any(map(str.isdigit, compact))):
            raise Invalid(
                "tax_id_invalid", "Letters and digits of the tax id, at most {most}", field=field, most=LONGEST
            )
        return compact
    if found := _checked(compact, rule):
        return found
    prefix, rest = compact[:2], compact[2:]
    abroad = BY_COUNTRY.get(prefix)
    if abroad is not None and (found := _checked(rest, abroad)):
        return found if prefix == country else f"{prefix}{found}"
    raise Invalid(
        "tax_id_invalid",
        "Not a valid {name}; one looks like {example}",
        field=field,
        name=rule.name,
        example=rule.example,
    )


def _checked(compact: str, rule: TaxId) -> str | None:
    for check in rule.checks:
        try:
            return check(compact)
        except ValidationError:
            continue
    return None
