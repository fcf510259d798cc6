"""The catalog's own settings, as this room's doors need them."""

from typing import Annotated, cast

from fastapi import Depends

from catalog.settings import Settings
from kit.routing import SettingsDep as KitSettingsDep


async def _settings(settings: KitSettingsDep) -> Settings:
    return cast("Settings", settings)


SettingsDep = Annotated[Settings, Depends(_settings)]
