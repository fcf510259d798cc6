"""HTTP of what is kept of a member."""

from catalog.privacy.repository import HOLDINGS
from kit.personal import personal_router

ROUTERS = (personal_router(HOLDINGS),)
