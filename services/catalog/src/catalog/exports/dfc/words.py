"""What the Data Food Consortium calls our units, monies and allergens, and the contexts that its words are read by.

The names are those of its taxonomies 1.3.0 (measures, facets) and ontologies 1.16.0 and 2.0.0; the contexts here declare
the part of it that this catalogue uses and are written for it, so that nothing is fetched and nothing of theirs is
copied. https://github.com/datafoodconsortium/ontology, https://github.com/datafoodconsortium/taxonomies
"""

from collections.abc import Mapping
from typing import Any, Literal

#: The version of the ontology: 1.16.0, which is read everywhere, and what clients ask for as ``profile="dfc-v2"``.
Profile = Literal["1.16.0", "2.0.0"]
V2_PROFILE = "dfc-v2"

_SITE = "https://www.datafoodconsortium.org/wp-content/plugins/wordpress-context-jsonld/context_{}.jsonld"
#: Where the consortium publishes its contexts: what its connectors know without asking.
ADDRESSES: Mapping[Profile, str] = {"1.16.0": _SITE.format("1.16.0"), "2.0.0": _SITE.format("2.0.0")}

UNITS = {
    "KGM": "dfc-m:Kilogram",
    "GRM": "dfc-m:Gram",
    "LTR": "dfc-m:Litre",
    "MLT": "dfc-m:Millilitre",
    "H87": "dfc-m:Piece",
}
#: The five monies of the measures. All others are said by the EU's list of currencies (ISO 4217), as the ontology itself
#: says countries by the EU's list of countries: https://github.com/datafoodconsortium/taxonomies/issues/48
MONIES = {
    "AUD": "dfc-m:AustralianDollar",
    "CAD": "dfc-m:CanadianDollar",
    "EUR": "dfc-m:Euro",
    "GBP": "dfc-m:PoundSterling",
    "USD": "dfc-m:USDollar",
}
OTHER_MONIES = "http://publications.europa.eu/resource/authority/currency/"
ALLERGENS = {
    "gluten": "dfc-m:CerealsWithGluten",
    "crustaceans": "dfc-m:Crustaceans",
    "eggs": "dfc-m:Eggs",
    "fish": "dfc-m:Fishs",
    "peanuts": "dfc-m:Peanuts",
    "soybeans": "dfc-m:Soy",
    "milk": "dfc-m:LactoseMilks",
    "nuts": "dfc-m:Nuts",
    "celery": "dfc-m:Celeriac",
    "mustard": "dfc-m:Mustard",
    "sesame": "dfc-m:SesameSeeds",
    "sulphites": "dfc-m:Sulphites",
    "lupin": "dfc-m:Lupine",
    "molluscs": "dfc-m:Molluscs",
}
#: What a participatory guarantee is among the certifications.
PGS = "dfc-f:PGS"

_LATEST = "https://github.com/datafoodconsortium/{}/releases/latest/download/{}#"
_V2 = "http://w3id.org/dfc/{}/v2.0.0/{}#"
_SPACES = {
    "dfc-b": ("ontology", "DFC_BusinessOntology.owl"),
    "dfc-m": ("taxonomies", "measures.rdf"),
    "dfc-pt": ("taxonomies", "productTypes.rdf"),
    "dfc-f": ("taxonomies", "facets.rdf"),
}
#: Properties whose values are things with an address, not texts.
_LINKS = (
    "hasAllergenCharacteristic",
    "hasAllergenDimension",
    "hasCertification",
    "hasClaim",
    "hasPrice",
    "hasQuantity",
    "hasType",
    "hasUnit",
    "hasVariant",
    "isVariantOf",
    "listedIn",
    "lists",
    "maintainedBy",
    "maintains",
    "managedBy",
    "manages",
    "offeredThrough",
    "offers",
    "referencedBy",
    "references",
    "suppliedBy",
    "supplies",
)


def product_type(uri: str) -> str:
    """A product type of the taxonomy, as the vocabulary names it, in short: the same in both versions."""
    return f"dfc-pt:{uri.rsplit('#', maxsplit=1)[-1]}"


def space(prefix: str, profile: Profile) -> str:
    """What a prefix stands for."""
    folder, file = _SPACES[prefix]
    if profile == "1.16.0":
        return _LATEST.format(folder, file)
    return _V2.format(folder, f"src/{file}" if folder == "ontology" else file)


def context(profile: Profile) -> dict[str, Any]:
    """The context itself, for a reader that can't fetch it."""
    return {
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        **{prefix: space(prefix, profile) for prefix in _SPACES},
        **{f"dfc-b:{name}": {"@type": "@id"} for name in _LINKS},
    }
