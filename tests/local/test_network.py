from pathlib import Path

import pytest

from kit.settings import Settings
from local.network import UnknownNetworkError, network_slugs, read_network


@pytest.mark.parametrize("slug", network_slugs())
def test_every_network_has_settings_that_the_pieces_accept(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network = read_network(slug)
    for name, value in network.settings.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert network.slug == slug == settings.network
    assert list(settings.pieces) == network.pieces
    assert settings.name == network.name


def test_leon_runs_without_a_shop_and_quito_counts_in_dollars() -> None:
    assert read_network("leon").pieces == ["members", "directory"]
    assert read_network("quito").settings["TRAMA_CURRENCY"] == "USD"
    assert read_network("quito").settings["TRAMA_ZONE"] == "America/Guayaquil"


def test_no_two_networks_give_the_same_numbers() -> None:
    prefixes = [read_network(slug).settings["TRAMA_NUMBER_PREFIX"] for slug in network_slugs()]
    assert len(set(prefixes)) == len(prefixes)


def test_an_unknown_network_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNetworkError, match=r"'atlantis'.*leon, queretaro, quito"):
        read_network("atlantis")


@pytest.mark.parametrize("text", ["TRAMA_NETWORK", "TRAMA NETWORK=x", "TRAMA_NETWORK=x"])
def test_a_settings_file_that_says_less_than_it_must_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.env").write_text(text + "\n")
    with pytest.raises(UnknownNetworkError, match=r"x\.env"):
        read_network("x", tmp_path)
