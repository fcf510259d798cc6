"""Recipes: what is usually made of what."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from catalog.lots.repository import recipes as repository
from catalog.lots.schemas.bodies import NewRecipe
from catalog.lots.schemas.shown import RecipeOut
from catalog.lots.service import transforming
from contracts.values import plain
from kit.auth import ActorDep
from kit.paging import Page, PageDep, encode_cursor, link_next
from kit.routing import ReadDep, WorkDep, service_router

router = service_router(prefix="/v1/recipes", tags=["lots"])


def _out(row: Any) -> RecipeOut:
    return RecipeOut(
        id=row.id,
        member_id=row.member_id,
        name=row.name,
        input=row.input,
        input_unit=row.input_unit,
        output=row.output,
        output_unit=row.output_unit,
        least=plain(row.least),
        most=plain(row.most),
        note=row.note,
    )


@router.post("", status_code=201)
async def create_recipe(body: NewRecipe, actor: ActorDep, work: WorkDep) -> RecipeOut:
    """What one unit of something usually gives: a transformation by it is warned where it gives more or less."""
    recipe_id = await transforming.add_recipe(work, actor, body.draft())
    return _out(await repository.one(work.connection, recipe_id))


@router.get("")
async def list_recipes(
    request: Request, response: Response, _actor: ActorDep, connection: ReadDep, page: PageDep
) -> Page[RecipeOut]:
    """The recipes in use, for all who make something."""
    rows = await repository.listing(connection, page.key(lambda key: UUID(str(key[0]))), page.limit + 1)
    following = encode_cursor([rows[page.limit - 1].id]) if len(rows) > page.limit else None
    link_next(request, response, following)
    return Page(items=[_out(row) for row in rows[: page.limit]], next=following)


@router.delete("/{recipe_id}", status_code=204)
async def retire_recipe(recipe_id: UUID, actor: ActorDep, work: WorkDep) -> None:
    """Takes a recipe out of use; what was made by it stays."""
    await transforming.retire_recipe(work, actor, recipe_id)
