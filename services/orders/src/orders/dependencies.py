"""What endpoints of this service are given beside the kit's own."""

from typing import Annotated

from fastapi import Depends, Request

from kit.actor import Actor
from kit.auth import require
from orders.settings import Settings


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


OrdersSettingsDep = Annotated[Settings, Depends(_settings)]
CoordinatorDep = Annotated[Actor, Depends(require("coordinator"))]
TreasurerDep = Annotated[Actor, Depends(require("treasurer"))]
StaffDep = Annotated[Actor, Depends(require("coordinator", "treasurer"))]
