"""Reasons in words: an English text and its parameters, for the catalogue of texts to say in the reader's language."""

from collections.abc import Mapping
from typing import Any

REASONS: Mapping[str, str] = {
    "not_enough_stock": "Of {name} there are only {available} left; {requested} were asked for",
    "not_offered": "{name} is not on offer any more",
    "not_enough_funds": "The account can give {available}; {needed} would be needed",
    "member_not_active": "Only active members can order",
    "no_answer_in_time": "It could not be checked in time whether stock and account allow it; try again",
}
#: What is said where a reason comes without particulars.
BARE: Mapping[str, str] = {
    "not_enough_stock": "There is not enough left",
    "not_offered": "This is not on offer any more",
    "not_enough_funds": "The account does not hold enough",
}
ALLOCATIONS: Mapping[str, str] = {
    "in_full": "All that was ordered",
    "with_tolerance": "{quantity} as ordered, and {extra} of the tolerance",
    "first_come_short": "First come, first served: {available} came for {wanted} ordered, and others had ordered "
    "{before} earlier",
    "proportional_short": "Shared in proportion: {available} came for {wanted} ordered, so each gets the same part of "
    "what was ordered",
    "equal_short": "Shared equally: {available} came for {wanted} ordered, so each gets the same as far as ordered",
    "no_whole_case": "Together {wanted} were ordered, which fills no case of {case_size}",
}


def reason_text(reason: Mapping[str, Any]) -> tuple[str, dict[str, object]]:
    """The text of a rejection's reason."""
    code = str(reason["code"])
    params: dict[str, object] = {
        name: f"{value['amount']} {value['currency']}" if isinstance(value, dict) else value
        for name, value in reason.items()
        if name != "code"
    }
    bare = code in BARE and len(reason) == 1
    return (BARE if bare else REASONS)[code], params


def allocation_text(allocation: Mapping[str, Any]) -> tuple[str, dict[str, object]]:
    """The text of why a line gets what it gets."""
    return ALLOCATIONS[str(allocation["code"])], dict(allocation["inputs"])
