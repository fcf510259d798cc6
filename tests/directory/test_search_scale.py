"""With 20,000 entries every kind of search is answered from an index, and the statement stays one."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.search import repository, rules
from directory.search.repository import Wanted
from kit.database import Database, Work
from kit.seeking import Known
from kit.testing.databases import Databases
from tests.directory.conftest import filled

COPIES = """
    INSERT INTO entities (id, status, version, name, description, translations, country, city, activities, keywords,
        offers, qualifiers, lat, lon, document, head, name_key, name_words, created_at, updated_at, published_at)
    SELECT gen_random_uuid(), 'published', 1, 'Huerto ' || n, repeat('palabras ', 40), '{}', 'MX', 'Querétaro',
        ARRAY['activity_' || n % 200], '{}', '{}', '{}', (n % 1700) / 10.0 - 85, (n * 7 % 3600) / 10.0 - 180,
        CAST('''huerto'':1A ''nombre' || n % 5000 || ''':1A ''palabras'':4D' AS tsvector),
        CAST('''huerto'':1A ''nombre' || n % 5000 || ''':1A' AS tsvector),
        'huerto ' || n, 2, now(), now(), now()
    FROM generate_series(1, 20000) AS n
"""
LEXICON = """
    INSERT INTO words (word, near, endings)
    SELECT word, ARRAY[word, substr(word, 2)], CAST('''' || word || '''' AS tsvector)
    FROM (SELECT 'nombre' || n AS word FROM generate_series(0, 19999) AS n) AS made
"""
NOTHING = Wanted(asked=None, boxes=[], near=None, activity=None, after=None, limit=20)


async def fill(work: Work) -> None:
    await work.connection.exec_driver_sql(COPIES)
    await work.connection.exec_driver_sql(LEXICON)


@pytest.fixture
async def crowd(databases: Databases) -> AsyncIterator[AsyncConnection]:
    database = Database(await filled(databases, "crowd", fill), network="crowd", service="directory")
    async with database.reading() as connection:
        yield connection
    await database.close()


def nodes(plan: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [plan, *(inner for below in plan.get("Plans", []) for inner in nodes(below))]


async def plan_of(connection: AsyncConnection, wanted: Wanted) -> list[Mapping[str, Any]]:
    compiled = repository.page_statement(wanted, "item").compile(dialect=connection.dialect)
    values = tuple(compiled.params[name] for name in compiled.positiontup or ())
    found = (await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}", values)).scalar_one()
    return nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])


ASKED = rules.asked("nombre77", {"nombre77": Known(begins=True, within=[], near=[])})


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (NOTHING, "ix_entities_by_name"),
        (Wanted(None, [], rules.Point(20.6, -100.4), None, None, 20), "ix_entities_place"),
        (Wanted(None, rules.Box(-101, 20, -100, 21).parts(), None, None, None, 20), "ix_entities_point"),
        (Wanted(None, rules.Box(179, -10, -179, 10).parts(), None, None, None, 20), "ix_entities_point"),
        (Wanted(ASKED, [], None, None, None, 20), "ix_entities_document"),
        (Wanted(None, [], None, "activity_7", None, 20), "ix_entities_activities"),
    ],
    ids=["all", "near", "box", "box over the meridian", "words", "activity"],
)
async def test_every_kind_of_search_reads_an_index_and_few_rows(
    crowd: AsyncConnection, wanted: Wanted, index: str
) -> None:
    plan = await plan_of(crowd, wanted)
    assert index in {node.get("Index Name") for node in plan}
    assert not [node for node in plan if node["Node Type"] == "Seq Scan"]
    read = max(node["Actual Rows"] * node["Actual Loops"] for node in plan if "Scan" in node["Node Type"])
    assert read <= 200


async def whole_readings(connection: AsyncConnection) -> int:
    """How often the table of words was read from end to end."""
    await connection.execute(text("SELECT pg_stat_force_next_flush()"))
    statement = text("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'words'")
    return int((await connection.execute(statement)).scalar_one())


async def test_the_words_are_looked_up_by_index(crowd: AsyncConnection) -> None:
    before = await whole_readings(crowd)
    known = await repository.known_words(crowd, ["nombre77", "ombre77", "xxxx"])
    assert await whole_readings(crowd) == before
    assert known["nombre77"].begins
    assert "nombre77" in known["ombre77"].near
    assert known["xxxx"] == Known(begins=False, within=[], near=[])
