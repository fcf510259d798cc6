"""Which piece an address belongs to. Only plain addresses pass: what could mean two things is refused."""

import re
from functools import lru_cache
from typing import NamedTuple

from gateway.errors import Malformed
from kit.errors import NotFound

#: ``/api/<piece>/v<N>/…``: a piece's health, metrics and own documents are not reachable from outside.
ADDRESS = re.compile(rb"/api/([a-z][a-z-]*)(/v[0-9]+/[^?#]*)")
#: Dot segments, empty segments, encoded dots, slashes and backslashes, control characters, broken escapes.
ODD = re.compile(rb"//|/\.\.?(?:/|$)|%2[ef]|%5c|%[01][0-9a-f]|%7f|%(?![0-9a-f]{2})|[^!-~]|[\\\"<>^`{|}]", re.IGNORECASE)


class Address(NamedTuple):
    piece: str
    #: What the piece is asked for.
    path: bytes


@lru_cache(maxsize=4096)
def split(path: bytes) -> Address:
    """The piece and its own path, from an address as it came over the wire.

    Raises NotFound when no piece has such addresses, Malformed when it is not a plain address.
    """
    if ODD.search(path):
        raise Malformed("address_odd", "This address is not plain: no dot segments, empty parts or encoded slashes")
    found = ADDRESS.fullmatch(path)
    if found is None:
        raise NotFound("no_such_address", "There is nothing here; /openapi.json says what there is")
    return Address(found[1].decode(), found[2])
