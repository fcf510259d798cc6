"""Imports over HTTP."""

from typing import Annotated

from pydantic import BaseModel, Field

from catalog.imports.formats import Name


class RefusedRow(BaseModel):
    """A row that was not taken."""

    index: Annotated[int, Field(description="Which row after the header, from 0")]
    row: Annotated[int, Field(description="The number that the spreadsheet shows beside it")]
    field: Annotated[str | None, Field(description="The column, by its name in the format", examples=["price"])]
    column: Annotated[str | None, Field(description="The column, as the file's header calls it", examples=["Precio"])]
    cell: Annotated[str | None, Field(description="The cell, as the spreadsheet calls it", examples=["F7"])]
    pointer: Annotated[str, Field(description="Row and column, as a JSON pointer into the rows", examples=["/5/price"])]
    code: str
    reason: Annotated[str, Field(description="What would be right, in the caller's language")]


class ImportReport(BaseModel):
    """How many rows made a variant, changed one, or changed nothing, and which were not taken."""

    format: Name
    dry_run: bool
    applied: Annotated[
        bool,
        Field(description="Whether this was written; not in a dry run, nor where a row is wrong and all must be right"),
    ]
    created: int
    updated: int
    unchanged: int
    refused: list[RefusedRow]
    ignored_columns: Annotated[list[str], Field(description="Columns that have no counterpart here")]
