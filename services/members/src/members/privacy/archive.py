"""The archive that a member is handed: a ZIP with a folder for each piece and a JSON file for each kind of thing."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

type Holdings = Mapping[str, Sequence[Mapping[str, Any]]]


def pack(pieces: Mapping[str, Holdings], *, words: str, made_at: datetime) -> bytes:
    """The archive: what each piece keeps, and ``words`` for whoever opens it. Kinds without a row are left out, but said
    to be empty in the index, so that nobody has to guess."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "README.txt", words, made_at)
        counts = {piece: {name: len(rows) for name, rows in holdings.items()} for piece, holdings in pieces.items()}
        _add(archive, "index.json", _text({"made_at": made_at.isoformat(), "rows": counts}), made_at)
        for piece, holdings in pieces.items():
            for name, rows in holdings.items():
                if rows:
                    _add(archive, f"{piece}/{name}.json", _text(rows), made_at)
    return packed.getvalue()


def _add(archive: zipfile.ZipFile, name: str, text: str, made_at: datetime) -> None:
    archive.writestr(zipfile.ZipInfo(name, made_at.timetuple()[:6]), text, zipfile.ZIP_DEFLATED)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
