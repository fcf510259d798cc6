"""The envelope of every event: CloudEvents 1.0, structured JSON (https://github.com/cloudevents/spec)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Audience = Literal["pub", "int"]


@dataclass(frozen=True)
class Topic:
    """What kind of thing happened, where, and who may read of it."""

    service: str
    thing: str
    happened: str
    version: int
    #: ``pub`` may be read by every federated peer; ``int`` never leaves the network.
    audience: Audience

    @property
    def type(self) -> str:
        """The CloudEvents type, such as ``coop.trama.orders.order.placed.v1``."""
        return f"coop.trama.{self.service}.{self.thing}.{self.happened}.v{self.version}"

    def subject(self, network: str) -> str:
        """The broker's subject, such as ``queretaro.int.orders.order.placed.v1``."""
        return f"{network}.{self.audience}.{self.service}.{self.thing}.{self.happened}.v{self.version}"


class Fact(BaseModel):
    """The data of an event: what the thing now is. Readers ignore fields that they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: ClassVar[Topic]


class Envelope(BaseModel):
    """CloudEvents attributes, with ``sequence`` (dense per service and audience) and ``version`` (of the thing)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = Field(examples=["/networks/queretaro/orders"])
    type: str
    subject: UUID = Field(description="The id of the thing that the event speaks of")
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: str | None = None
    version: int = Field(ge=1, description="The thing's version; an older one than seen is skipped")
    sequence: int | None = Field(default=None, description="Counts a service's events of one audience without a gap")
    data: dict[str, Any]
