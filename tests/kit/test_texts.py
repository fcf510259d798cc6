"""What a person reads is in their language: every text that can be raised has its Spanish."""

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from kit import errors, problems

PACKAGES = ("kit", "members", "catalog", "orders", "directory", "gateway")
KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.DomainError)}


def constants(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may be: a literal, or one of two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)


def raised(package: str) -> set[str]:
    """The texts in a package's source that are said to people."""
    found: set[str] = set()
    for file in Path(str(files(package))).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if len(node.args) >= 2 and (name in KINDS or name == "say"):
                    found.update(constants(node.args[1]))
                elif name == "Words":
                    found.update(constants(node.args[0]))
    if package == "kit":
        found |= {*problems.TITLES.values(), *problems.FIELD_MESSAGES.values()}
        found |= {problems.INTERNAL, problems.DATABASE_AWAY, problems.NOT_STORABLE, problems.EXISTS}
    return found


def translated(package: str, language: str) -> dict[str, str]:
    source = files(package) / "locales" / f"{language}.po"
    if not source.is_file():
        return {}
    with source.open("rb") as stream:
        return {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id and entry.string}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_has_its_spanish_with_the_same_placeholders(package: str) -> None:
    spanish = translated("kit", "es") | translated(package, "es")
    texts = raised(package)
    assert {text for text in texts if text not in spanish} == set()
    assert [text for text in texts if placeholders(text) != placeholders(spanish[text])] == []
