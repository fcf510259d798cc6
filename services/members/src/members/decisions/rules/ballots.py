"""What can be written on a ballot, and the receipts of secret ones."""

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence

from kit.errors import Invalid
from members.decisions.rules.proposals import Proposal

#: 130 bits: nobody guesses one, and nobody finds one from its hash.
_RECEIPT_BYTES = 20
_RECEIPT = re.compile(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){7}")


def choices(proposal: Proposal, wanted: Sequence[str], reason: str) -> tuple[str, ...]:
    """What the ballot chooses, in the order of the options. Raises Invalid, naming the field."""
    content = proposal.content
    for place, key in enumerate(wanted):
        if key not in proposal.keys:
            known = ", ".join(proposal.keys)
            raise Invalid(
                "option_unknown", "There is no such option; there are {known}", field=f"/choices/{place}", known=known
            )
        if key in wanted[:place]:
            raise Invalid("option_twice", "This option is there already", field=f"/choices/{place}")
    if content.method != "approval" and len(wanted) != 1:
        known = ", ".join(proposal.keys)
        raise Invalid("one_choice", "Choose one of {known}", field="/choices", known=known)
    if len(wanted) > content.max_choices:
        raise Invalid("too_many_choices", "Choose at most {most}", field="/choices", most=content.max_choices)
    if content.method == "consent" and "object" in wanted and not reason.strip():
        raise Invalid("reason_missing", "Say why you object, so that it can be answered", field="/reason")
    return tuple(key for key in proposal.keys if key in wanted)


def new_receipt() -> str:
    """A code that only chance knows: eight groups of four letters and digits, to be written down."""
    text = base64.b32encode(secrets.token_bytes(_RECEIPT_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def receipt(text: str, field: str = "/receipt") -> str:
    """The receipt as it was given out, however it was typed. Raises Invalid."""
    letters = re.sub(r"[\s-]", "", text).upper()
    code = "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
    if not _RECEIPT.fullmatch(code):
        raise Invalid(
            "receipt_invalid", "Eight groups of four letters A-Z and digits 2-7, drawn at random", field=field
        )
    return code


def receipt_hash(code: str) -> bytes:
    """What is kept of a receipt: enough to know it again, not enough to use it."""
    return hashlib.sha256(code.encode()).digest()
