"""Application forms, as they are sent and answered."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.members import MemberKind
from members.membership.rules.forms import Asked, Particulars, QuestionKind
from members.membership.schemas.members import Language

#: What the particulars are called; said in the caller's language.
LABELS: dict[Particulars, str] = {
    "phone": "Phone number",
    "tax_id": "Tax id",
    "representative": "Legal representative",
    "address": "Address",
}

Text = Annotated[str, StringConstraints(max_length=500)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class NewOption(BaseModel):
    """One of the answers to a choice."""

    model_config = ConfigDict(extra="forbid")

    code: Code = Field(examples=["market"])
    text: dict[Language, Text] = Field(examples=[{"es": "En el mercado", "en": "At the market"}])


class NewQuestion(BaseModel):
    """What the network asks besides."""

    model_config = ConfigDict(extra="forbid")

    code: Code = Field(description="Small letters, digits and _; answers go by it", examples=["how_heard"])
    text: dict[Language, Text] = Field(examples=[{"es": "¿Cómo supiste de nosotros?"}])
    kind: QuestionKind = Field(default="text", description="What an answer is")
    required: bool = False
    options: list[NewOption] = Field(default=[], max_length=40, description="Of a choice, and of nothing else")


class NewForm(BaseModel):
    """What a kind is asked from now on, besides name and e-mail address."""

    model_config = ConfigDict(extra="forbid")

    phone: Asked = "optional"
    tax_id: Asked = "optional"
    representative: Asked = "optional"
    address: Asked = "optional"
    questions: list[NewQuestion] = Field(default=[], max_length=40)


class ParticularOut(BaseModel):
    """A particular that is asked for."""

    name: Particulars
    asked: Asked
    text: str = Field(description="In the caller's language", examples=["RFC, NIF o RUC"])


class OptionOut(BaseModel):
    """One of the answers to a choice."""

    code: str
    text: str = Field(description="In the caller's language, if it is written in it")
    texts: dict[str, str]


class QuestionOut(BaseModel):
    """A question of the network's own."""

    code: str
    kind: QuestionKind
    required: bool
    text: str = Field(description="In the caller's language, if it is written in it")
    texts: dict[str, str]
    options: list[OptionOut]


class FormOut(BaseModel):
    """What a kind is asked when it applies."""

    kind: MemberKind
    version: int = Field(description="0 is what is asked where the network has said nothing")
    particulars: list[ParticularOut]
    questions: list[QuestionOut]


class FormsOut(BaseModel):
    """The form of each kind."""

    items: list[FormOut]
