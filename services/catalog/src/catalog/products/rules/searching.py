"""What a product is found by, and what is asked of its index."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.products.rules.lifecycle import shown
from catalog.products.rules.products import Maker, Product
from catalog.products.vocabulary import PRACTICES, path
from kit.seeking import Known, all_of, alternatives
from kit.spelling import near, sound, words

#: Of a product's texts, that many words are looked into.
INDEXED_WORDS = 2_000


@dataclass(frozen=True)
class Index:
    """What a product is found by."""

    #: A tsvector: A is the name in every language; B its variants, category, practices and producer; C the wider
    #: categories; D the descriptions.
    document: str
    #: Of it, what is A or B: small, so that many are ranked quickly.
    head: str
    words: frozenset[str]


@dataclass(frozen=True)
class Asked:
    """tsqueries, from the widest to the narrowest; every product found matches ``any``."""

    any: str
    in_head: str
    in_name: str
    whole_in_name: str
    #: The folded name that has been typed in full.
    name: str


def index_of(product: Product, maker: Maker) -> Index:
    """The words of a product, each with the weight of where it stands. Terms count in both of our languages."""
    own, *wider = path(product.category)
    terms = [own, *(PRACTICES[code] for code in shown(product.practices, maker.withheld))]
    wordings = list(product.translations.values())
    parts = {
        "A": _words([product.name, *(wording.name for wording in wordings)]),
        "B": _words(
            [
                *(variant.name for variant in product.offered),
                *(name for term in terms for name in (term.es, term.en)),
                maker.name,
            ]
        ),
        "C": _words(name for term in wider for name in (term.es, term.en)),
        "D": _words([product.description, *(wording.description for wording in wordings)])[:INDEXED_WORDS],
    }
    weights: dict[str, str] = {}
    for number, (weight, found) in enumerate(parts.items(), 1):
        for word in dict.fromkeys(found):
            weights[word] = f"{weights[word]},{number}{weight}" if word in weights else f"{number}{weight}"
    lexemes = {word: f"'{word}':{places}" for word, places in weights.items()}
    return Index(
        document=" ".join(lexemes.values()),
        head=" ".join(lexemes[word] for word, places in weights.items() if "A" in places or "B" in places),
        words=frozenset(weights),
    )


def _words(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in words(text)]


def keys(word: str) -> list[str]:
    """What a word shares with those that it may be mistaken for: its spelling less a letter, and its sound."""
    return [*near(word), f"~{sound(word)}"]


def asked(text: str, terms: Iterable[str], known: Mapping[str, Known], *, loose: bool = False) -> Asked:
    """What to ask the index for; ``loose`` takes every term for mistyped, also one that begins some word."""
    looked_for = list(terms)
    groups = [alternatives(term, known[term], loose) for term in looked_for]
    return Asked(
        any=all_of(groups, ""),
        in_head=all_of(groups, "AB"),
        in_name=all_of(groups, "A"),
        whole_in_name=all_of([{f"'{term}':"} for term in looked_for], "A"),
        name=" ".join(words(text)),
    )
