"""Products for people to read: lists, searches, counts; their JSON is built in PostgreSQL."""

from catalog.products.views.facets import Facets, counts, facets_query
from catalog.products.views.filters import NOTHING, Season, Sought
from catalog.products.views.lists import Found, Key, One, listing, listing_query, one, own, ranked_query
from catalog.products.views.search import Place, find, known_words, place_of, understood

__all__ = [
    "NOTHING",
    "Facets",
    "Found",
    "Key",
    "One",
    "Place",
    "Season",
    "Sought",
    "counts",
    "facets_query",
    "find",
    "known_words",
    "listing",
    "listing_query",
    "one",
    "own",
    "place_of",
    "ranked_query",
    "understood",
]
