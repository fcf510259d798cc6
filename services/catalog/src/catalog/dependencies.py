"""What the endpoints of this service ask FastAPI for, besides the kit's."""

from typing import Annotated

from fastapi import Depends, Request

from catalog.settings import Settings


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(_settings)]
