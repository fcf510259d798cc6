"""The example data agree with themselves and with the networks' settings; the loader says what is wrong."""

from uuid import UUID

import pytest

from contracts.members import OFFERING_KINDS
from demo import examples
from demo.__main__ import main
from local.network import network_slugs, read_network

NETWORKS = examples.slugs()


def test_every_network_that_can_be_run_has_an_example() -> None:
    assert network_slugs() == NETWORKS


@pytest.mark.parametrize("slug", NETWORKS)
def test_currency_and_zone_are_those_of_the_networks_settings(slug: str) -> None:
    settings = read_network(slug).settings
    network = examples.network(slug)
    assert (network["currency"], network["zone"]) == (settings["TRAMA_CURRENCY"], settings["TRAMA_ZONE"])


@pytest.mark.parametrize("slug", NETWORKS)
def test_whoever_offers_is_a_member_of_a_kind_that_may(slug: str) -> None:
    kinds = {member["user"]: member["kind"] for member in examples.entries(slug, "members")}
    sellers = {product["member"] for product in examples.entries(slug, "products")}
    assert {kinds[seller] for seller in sellers} <= OFFERING_KINDS
    owners = {entity["member"] for entity in examples.entries(slug, "entities") if "member" in entity}
    assert owners <= kinds.keys()


@pytest.mark.parametrize("slug", NETWORKS)
def test_no_two_things_have_one_id(slug: str) -> None:
    users = [*examples.network(slug)["users"], *examples.entries(slug, "members")]
    products = [(product["member"], product["name"]) for product in examples.entries(slug, "products")]
    entities = [entity["name"] for entity in examples.entries(slug, "entities")]
    for names in ([user["user"] for user in users], products, entities):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("slug", [slug for slug in NETWORKS if examples.cycle(slug)])
def test_the_first_order_is_of_something_on_offer_by_somebody_who_can_pay(slug: str) -> None:
    plan = examples.cycle(slug)
    assert plan is not None
    wanted = plan["first_order"]
    names = {
        (product["name"], variant["name"])
        for product in examples.entries(slug, "products")
        for variant in product["variants"]
    }
    assert (wanted["product"], wanted["variant"]) in names
    assert wanted["user"] in {member["user"] for member in examples.entries(slug, "members") if "deposit" in member}


def test_an_id_is_the_same_at_every_load() -> None:
    """Networks that were loaded before know their things by these ids."""
    assert examples.identity("queretaro", "member", "hernandez") == UUID("288c79c8-add8-5ce6-addd-131fa122b3c9")


def test_a_network_without_example_data_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", "--network", "atlantis"]) == 1
    assert "atlantis" in capsys.readouterr().err


def test_a_gateway_that_does_not_answer_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", "--network", "leon", "--gateway", "http://127.0.0.1:9"]) == 1
    assert "no answer from http://127.0.0.1:9" in capsys.readouterr().err
