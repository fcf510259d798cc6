"""What the fund's letters and papers say is said in Spanish, too."""

import ast
from importlib.resources import files
from pathlib import Path
from string import Formatter

from kit.language import texts_of


def said() -> set[str]:
    """The texts that the room gives a voice to."""
    found = set()
    for file in Path(str(files("members.fund"))).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say":
                found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return {text for text in found if isinstance(text, str)}


def test_every_word_of_letters_and_papers_has_its_spanish_with_the_same_placeholders() -> None:
    assert len(said()) > 20
    for text in said():
        spanish = texts_of("members").say("es", text)
        assert spanish != text, text
        assert {name for _, name, _, _ in Formatter().parse(spanish) if name} == {
            name for _, name, _, _ in Formatter().parse(text) if name
        }
