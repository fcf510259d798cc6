"""The lexicon of what is on offer, for those who mistype it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from catalog.products.models import Word
from catalog.products.rules.searching import keys
from kit.database import Work

_ASKED = func.unnest(bindparam("words", type_=ARRAY(Text))).table_valued("word").render_derived(name="asked")
_UNKNOWN = select(_ASKED.c.word).where(~select(Word.word).where(Word.word == _ASKED.c.word).exists())


async def add_words(work: Work, words: Collection[str]) -> None:
    """Makes words known."""
    if not words:
        return
    # In order, so that two who add the same words don't wait for each other in a circle.
    unknown = sorted((await work.execute(_UNKNOWN, {"words": sorted(words)})).scalars())
    rows: list[dict[str, Any]] = [{"word": word, "near": keys(word)} for word in unknown]
    if rows:
        await work.execute(insert(Word).on_conflict_do_nothing(), rows)
