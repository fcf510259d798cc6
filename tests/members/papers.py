"""What is written on a sheet of kit.paper, read back out of the PDF."""

import re
import zlib

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_LETTER = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_WRITTEN = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:[^\\()]|\\.)*)\) Tj", re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPED = {b"r": b"\r", b"n": b"\n", b"t": b"\t"}


def pages(pdf: bytes) -> list[list[str]]:
    """The texts of each page, in the order in which they were written."""
    assert pdf.startswith(b"%PDF-")
    streams = []
    for found in _STREAM.finditer(pdf):
        try:
            streams.append(zlib.decompressobj().decompress(found[1]))
        except zlib.error:
            streams.append(found[1])
    letters = [
        {bytes.fromhex(a.decode()): bytes.fromhex(b.decode()).decode("utf-16-be") for a, b in _LETTER.findall(stream)}
        for stream in streams
        if b"beginbfchar" in stream
    ]
    return [_page(stream, letters) for stream in streams if b" Tf ET" in stream]


def _page(stream: bytes, letters: list[dict[bytes, str]]) -> list[str]:
    texts, font = [], 1
    for number, raw in _WRITTEN.findall(stream):
        if number:
            font = int(number)
            continue
        plain = _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), raw)
        texts.append("".join(letters[font - 1].get(plain[i : i + 2], "?") for i in range(0, len(plain), 2)))
    return texts


def words(pdf: bytes) -> str:
    """All of it on one line, with plain spaces."""
    return " ".join(" ".join(" ".join(page) for page in pages(pdf)).split())
