"""Imports, as they are answered."""

from pydantic import BaseModel, Field


class RefusedRow(BaseModel):
    """A row that was not taken."""

    row: int = Field(description="The number that the spreadsheet shows beside it", examples=[17])
    column: str | None = Field(description="The column, as the file calls it", examples=["RFC"])
    code: str = Field(examples=["tax_id_invalid"])
    reason: str = Field(description="What would be right, in the caller's language")


class ImportReport(BaseModel):
    """How many rows made a member, changed one, or changed nothing, and which were not taken."""

    dry_run: bool
    created: int
    updated: int
    unchanged: int
    refused: list[RefusedRow]
    ignored_columns: list[str] = Field(description="Columns that have no counterpart here")
