"""The transparency report as a spreadsheet and on paper."""

import csv
import io
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from kit.language import LANGUAGES, Texts
from members.dues.documents import Writing
from members.income.rules import Expected, Purpose, SubsidyTotals
from members.ledger.rules import AccountTotal
from members.reports import papers, sheets
from members.reports.rules import building
from members.reports.rules.building import Books, DuesTotals, Frame
from members.reports.rules.document import TransparencyReport
from tests.members.conftest import Office
from tests.members.papers import pages, words
from tests.members.treasury import Treasury

TEXTS = Texts(["kit", "members"])
NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
FRAME = Frame("Cooperactivas", "EUR", date(2026, 1, 1), date(2026, 12, 31), NOW)


def say(text: str) -> dict[str, str]:
    return {language: TEXTS.say(language, text) for language in LANGUAGES}


def account(name: str, came_in: int = 0, went_out: int = 0) -> AccountTotal:
    return AccountTotal(name, "EUR", 0, came_in, went_out, came_in - went_out)


def report(purposes: int = 1, *, grantor: str = "Ayuntamiento de León") -> TransparencyReport:
    """Dues and a subsidy, used for so many purposes; the first took most."""
    used = {f"p{place}": 1000 - place for place in range(purposes)}
    subsidy = SubsidyTotals(
        uuid4(), "public", grantor, True, "Economía social", "A-1", "p0", 50000, date(2026, 11, 30), None,
        40000, 40000, 1000, 1000,
    )  # fmt: skip
    books = Books(
        totals=[
            account("bank", sum(used.values()), 60000),
            account("dues", 20000),
            account("subsidies", 40000),
            *(account(f"uses-{code}", 0, amount) for code, amount in used.items()),
        ],
        members_in=0,
        members_out=0,
        dues=[DuesTotals("plan:1", "Cuota anual", {"en": "Annual dues"}, 25000, 20000)],
        shares_expected=0,
        expected=Expected(0, 50000, 0),
        subsidies=[subsidy],
        unspent_subsidies=39000,
        unspent_earmarked=0,
        purposes={
            code: Purpose(code, {"es": f"Destino {code} " + "largo " * 20, "en": f"Purpose {code}"}, True, 1)
            for code in used
        },
    )
    return building.report(FRAME, books, say)


def printed(found: TransparencyReport, language: str = "es", digest: str = "") -> bytes:
    return papers.as_pdf(found, Writing.of(TEXTS, language, "ES"), NOW, digest=digest)


def test_paper_says_each_figure_in_the_readers_language() -> None:
    spanish = words(printed(report(), digest="ab" * 32))
    for text in (
        "Informe de transparencia", "Del 1 de enero de 2026 al 31 de diciembre de 2026", "abab",
        "Subvenciones públicas", "400,00 € · 66,7 %", "200,00 € · 33,3 %", "Cuota anual", "250,00 €",
        "Ayuntamiento de León", "30 nov 2026", "490,00 €", "Diferencia", "0,00 €", "Las 4 cuentas",
    ):  # fmt: skip
        assert text in spanish
    english = words(printed(report(), "en"))
    for text in ("Transparency report", "Public subsidies", "66,7 %", "Purpose p0", "It adds up. All 4 accounts"):
        assert text in english


def test_nothing_at_all_is_printed_too() -> None:
    empty = building.report(FRAME, Books([], 0, 0, [], 0, Expected(0, 0, 0), [], 0, 0, {}), say)
    assert words(printed(empty)).count("Nada en estos días") == 2


@pytest.mark.parametrize("purposes", [15, 16, 60])
def test_many_purposes_with_long_names_keep_their_figures(purposes: int) -> None:
    found = pages(printed(report(purposes)))
    said = words(printed(report(purposes)))
    assert len(found) <= 6
    assert ("Otros" in said) == (purposes > 15)
    assert "largo…" in said or "larg…" in said
    for place in range(purposes):
        assert f"Destino p{place} largo" in said
        assert f"{(1000 - place) / 100:.2f}".replace(".", ",") in said


def test_a_spreadsheet_has_every_line_and_no_formula() -> None:
    written = sheets.as_csv(report(grantor="=cmd|' /C calc'!A0"), "es", lambda text: TEXTS.say("es", text))
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    by_code = {row["Código"]: row for row in rows}
    assert by_code["dues"]["Esperado"] == "250.00"
    assert by_code["subsidies/public"]["Recibido"] == "400.00"
    assert by_code["p0"]["Usado"] == "10.00"
    assert (by_code["public"]["Concedido"], by_code["public"]["Usado"]) == ("500.00", "10.00")
    assert (by_code["public"]["Queda"], by_code["public"]["Por gastar hasta"]) == ("490.00", "2026-11-30")
    assert by_code["public"]["Nombre"].startswith("'=cmd")
    assert by_code["difference"]["Queda"] == "0.00"


async def test_the_form_is_as_asked_for_and_a_published_one_has_them_all(office: Office) -> None:
    desk = Treasury(office)
    days = {"from": "2026-01-01", "until": "2026-01-31"}
    made = await desk.made("/v1/reports/transparency", **days)
    for address, query in (("/v1/reports/transparency", days), (f"/v1/reports/{made['id']}", {})):
        for kind in ("application/json", "text/csv", "application/pdf"):
            headers = office.treasurer | {"accept": kind, "accept-language": "es"}
            answer = await office.piece.client.get(address, params=query, headers=headers)
            assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, kind)
            if kind == "application/pdf":
                assert (made["digest"][:20] in words(answer.content)) == ("reports/transparency" not in address)
        headers = office.treasurer | {"accept": "image/png"}
        assert (await office.piece.client.get(address, params=query, headers=headers)).status_code == 406
