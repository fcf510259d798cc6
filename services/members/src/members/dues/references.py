"""What a payer writes so that the money finds its invoice. Pure, like rules."""

import re

from stdnum.iso7064 import mod_97_10

_LONGEST = 21


def creditor_reference(number: str) -> str:
    """An invoice number as a structured creditor reference (ISO 11649): ``LEO-F-2026-0042`` is ``RF…LEOF20260042``.

    Banks carry it through unchanged, and its check digits tell a slip of the pen. Raises ValueError for a number without
    a letter or digit.
    """
    plain = re.sub(r"[^A-Z0-9]", "", number.upper())[-_LONGEST:]
    if not plain:
        raise ValueError("a number has letters or digits")
    return f"RF{mod_97_10.calc_check_digits(f'{plain}RF')}{plain}"
