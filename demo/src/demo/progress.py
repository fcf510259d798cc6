"""What the loader tells while it works."""

from dataclasses import dataclass


@dataclass
class Tally:
    """How many things were entered, and how many were there already."""

    new: int = 0
    known: int = 0

    def __str__(self) -> str:
        return f"{self.new} new, {self.known} there already" if self.known else f"{self.new}"


def say(what: str, tally: object) -> None:
    """One line, at once: who waits wants to see that something happens."""
    print(f"  {what:<16}{tally}", flush=True)
