"""HTTP of what is kept of a member."""

from kit.personal import personal_router
from orders.privacy.repository import HOLDINGS

router = personal_router(HOLDINGS)
