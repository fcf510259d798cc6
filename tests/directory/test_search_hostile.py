"""No query makes the search fail: it answers, or says what would be right."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.paging import encode_cursor
from kit.testing.pieces import Piece

HOSTILE = st.sampled_from(
    [
        "\0",
        "'",
        "''",
        "\\",
        "'a':*",
        "&",
        "|",
        "!",
        "<->",
        "(",
        ")",
        ":*",
        "%",
        "_",
        ";--",
        "ﷺ" * 30,
        "\U0010ffff",
        "İ",
        "ß" * 99,
    ]
)
WORDS = st.lists(st.one_of(HOSTILE, st.text(max_size=12)), max_size=8).map("".join)
NUMBERS = st.one_of(st.floats().map(str), st.integers(-400, 400).map(str), WORDS)
LISTS = st.lists(NUMBERS, max_size=5).map(",".join)
BOXES = st.tuples(st.floats(-180, 180), st.floats(-90, 0), st.floats(-180, 180), st.floats(0, 90)).map(
    lambda box: ",".join(map(str, box))
)
POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180)).map(lambda point: ",".join(map(str, point)))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.uuids().map(str))
ORDERS = st.sampled_from(["near", "best", "loose", "name"])
CURSORS = st.one_of(
    WORDS,
    st.lists(SCALARS, max_size=4).map(encode_cursor),
    st.tuples(ORDERS, SCALARS, st.uuids()).map(encode_cursor),
)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "q": WORDS,
        "bbox": LISTS | BOXES,
        "near": LISTS | POINTS,
        "activity": WORDS,
        "limit": st.one_of(st.integers(-5, 300).map(str), WORDS),
        "after": CURSORS,
        "unknown": WORDS,
    },
)


async def test_no_query_makes_the_search_fail(neighbours: Piece) -> None:
    asked = []

    @settings(max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(["/v1/entities", "/v1/entities.geojson"]), QUERIES)
    def collect(address: str, query: dict[str, str]) -> None:
        asked.append((address, query))

    collect()
    statuses = set()
    for address, query in asked:
        answer = await neighbours.client.get(address, params=query)
        statuses.add(answer.status_code)
        assert answer.status_code in (200, 422), (query, answer.text)
        assert answer.json()
    assert statuses == {200, 422}


async def test_very_long_queries_are_refused_or_answered(neighbours: Piece) -> None:
    for name in "q", "bbox", "near", "activity", "limit", "after":
        for value in "a" * 10_000, "\0" * 150, "1," * 5_000, "'" * 190:
            answer = await neighbours.client.get("/v1/entities", params={name: value})
            assert answer.status_code in (200, 422), (name, answer.text)
