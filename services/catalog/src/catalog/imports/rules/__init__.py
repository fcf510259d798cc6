"""What a file would change."""

from catalog.imports.rules.finding import Plan
from catalog.imports.rules.merging import Import
from catalog.imports.rules.plan import plan

__all__ = ["Import", "Plan", "plan"]
