"""Letters that a piece wants a member to get; the members piece alone knows their addresses, and writes."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.envelope import Fact, Topic


class Notice(Fact):
    """A letter to a member, in each language that the network's texts have. The subject is the notice."""

    member_id: UUID
    subject: dict[str, str] = Field(
        examples=[{"es": "Tu certificado vence pronto", "en": "Your certificate ends soon"}]
    )
    text: dict[str, str]


class CatalogNotice(Notice):
    topic: ClassVar[Topic] = Topic("catalog", "notice", "posted", 1, "int")


class OrdersNotice(Notice):
    topic: ClassVar[Topic] = Topic("orders", "notice", "posted", 1, "int")
