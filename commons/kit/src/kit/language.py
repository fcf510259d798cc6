"""What a person reads is in their language: texts are gettext catalogues, one ``locales/<language>.po`` a package."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
LANGUAGES = ("es", "en")


@cache
def _catalogue(package: str, language: str) -> Mapping[str, str]:
    """A package's texts in a language, read once a process: it takes a tenth of a second."""
    source = files(package) / "locales" / f"{language}.po"
    if not source.is_file():
        return {}
    with source.open("rb") as stream:
        return {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id and entry.string}


class Texts:
    """The catalogues of some packages, by language. A text without a translation stays as it is written."""

    def __init__(self, packages: Iterable[str]) -> None:
        self._texts: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        for package in packages:
            for language, texts in self._texts.items():
                texts.update(_catalogue(package, language))

    def say(self, language: str, message: str, params: Mapping[str, object] | None = None) -> str:
        """The message in that language, with its placeholders filled."""
        text = self._texts.get(language, {}).get(message, message)
        return text.format(**params) if params else text


@cache
def texts_of(service: str) -> Texts:
    """A service's own texts with the kit's, for what is written outside of a request."""
    return Texts(["kit", service])


@dataclass(frozen=True)
class Words:
    """A text before it is in a language: the English message with what fills its ``{placeholders}``."""

    message: str
    params: Mapping[str, object] = field(default_factory=dict)


def chosen(accept_language: str | None, default: str) -> str:
    """The language to answer in (RFC 9110 section 12.5.4): the best of those there are, else the network's own."""
    wanted: list[tuple[float, str]] = []
    for part in (accept_language or "").split(",")[:20]:
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        wanted.append((weight, tag.split("-")[0].lower()))
    for weight, language in sorted(wanted, key=lambda item: -item[0]):
        if weight > 0 and language in LANGUAGES:
            return language
    return default if default in LANGUAGES else LANGUAGES[0]
