"""Imports over HTTP."""

from typing import Annotated

from pydantic import BaseModel, Field

from catalog.imports.formats import Name


class RefusedRow(BaseModel):
    """A row that was not taken."""

    index: Annotated[int, Field(description="Which row after the header, from 0")]
    row: Annotated[int, Field(description="The number that the spreadsheet shows beside it")]
    field: Annotated[str | None, Field(description="The column")]
    code: str
    reason: Annotated[str, Field(description="What would be right, in the caller's language")]


class ImportReport(BaseModel):
    """How many rows made a variant, changed one, or changed nothing, and which were not taken."""

    format: Name
    dry_run: bool
    created: int
    updated: int
    unchanged: int
    refused: list[RefusedRow]
    ignored_columns: Annotated[list[str], Field(description="Columns that have no counterpart here")]
