"""What each kind of member is asked when it applies: particulars that must be given, and the network's own questions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from contracts.members import MemberKind
from kit.errors import Invalid

Particulars = Literal["phone", "tax_id", "representative", "address"]
Asked = Literal["required", "optional"]
QuestionKind = Literal["text", "yes_no", "choice", "number"]
Answer = str | bool | int

PARTICULARS: tuple[Particulars, ...] = get_args(Particulars)
MOST_QUESTIONS = 40
LONGEST_ANSWER = 2000
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Option:
    """One of the answers to a choice; its text by language."""

    code: str
    text: Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """What the network asks besides; its text by language."""

    code: str
    text: Mapping[str, str]
    kind: QuestionKind = "text"
    required: bool = False
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Form:
    """What a kind is asked. Version 0 is what is asked where the network has said nothing."""

    kind: MemberKind
    version: int
    particulars: Mapping[Particulars, Asked]
    questions: tuple[Question, ...] = field(default=())


def usual(kind: MemberKind) -> Form:
    """What is asked where the network has said nothing: everything may be said, nothing has to be.

    A family producer often has no tax id yet, and a co-operative in the making nobody who signs for it; both belong all
    the same. A network that wants more says so by ``PUT /v1/application-forms/{kind}``.
    """
    return Form(kind, 0, dict.fromkeys(("phone", "tax_id", "representative", "address"), "optional"))


def check_form(form: Form) -> None:
    """Raises Invalid, naming the question."""
    if len(form.questions) > MOST_QUESTIONS:
        raise Invalid("too_many_questions", "At most {most} questions", field="/questions", most=MOST_QUESTIONS)
    _check_codes([question.code for question in form.questions], "/questions")
    for place, question in enumerate(form.questions):
        where = f"/questions/{place}"
        _check_text(question.text, f"{where}/text")
        if (question.kind == "choice") != bool(question.options):
            raise Invalid("options_misplaced", "A choice, and nothing else, has options", field=f"{where}/options")
        _check_codes([option.code for option in question.options], f"{where}/options")
        for number, option in enumerate(question.options):
            _check_text(option.text, f"{where}/options/{number}/text")


def _check_codes(codes: Sequence[str], where: str) -> None:
    for place, code in enumerate(codes):
        if not _CODE.fullmatch(code):
            raise Invalid(
                "code_invalid", "Small letters, digits and _, such as how_heard", field=f"{where}/{place}/code"
            )
        if code in codes[:place]:
            raise Invalid("code_repeated", "Another has this code already", field=f"{where}/{place}/code")


def _check_text(text: Mapping[str, str], where: str) -> None:
    if not any(said.strip() for said in text.values()):
        raise Invalid("text_missing", "A text in at least one language", field=where)


def check_application(form: Form, given: Mapping[Particulars, object]) -> None:
    """Raises Invalid, naming the field, for a particular that must be given and is not."""
    for name in PARTICULARS:
        if form.particulars[name] == "required" and not given[name]:
            raise Invalid("particular_missing", "Must be given by members of this kind", field=f"/{name}")


def answers(form: Form, said: Mapping[str, Any]) -> dict[str, Answer]:
    """The answers as they are kept: unanswered ones left out. Raises Invalid, naming the question."""
    known = {question.code: question for question in form.questions}
    for code in said:
        if code not in known:
            raise Invalid("question_unknown", "This is not asked; read the application form", field=f"/answers/{code}")
    kept: dict[str, Answer] = {}
    for code, question in known.items():
        answer = _answer(question, said.get(code), f"/answers/{code}")
        if answer is not None:
            kept[code] = answer
        elif question.required:
            raise Invalid("answer_missing", "Must be answered", field=f"/answers/{code}")
    return kept


def _answer(question: Question, said: object, where: str) -> Answer | None:
    match question.kind, said:
        case _, None | "":
            return None
        case "text", str() if len(said) <= LONGEST_ANSWER:
            return said.strip() or None
        case "text", _:
            raise Invalid("answer_invalid", "A text of at most {most} characters", field=where, most=LONGEST_ANSWER)
        case "yes_no", bool():
            return said
        case "yes_no", _:
            raise Invalid("answer_invalid", "true or false", field=where)
        case "number", int() if not isinstance(said, bool) and abs(said) < 10**12:
            return said
        case "number", _:
            raise Invalid("answer_invalid", "A whole number", field=where)
        case _, str() if any(option.code == said for option in question.options):
            return said
    codes = ", ".join(option.code for option in question.options)
    raise Invalid("answer_invalid", "One of {codes}", field=where, codes=codes)


def in_language(text: Mapping[str, str], *languages: str) -> str:
    """The text in the first of these languages that it is in, else in any."""
    for language in languages:
        if text.get(language, "").strip():
            return text[language]
    return next((said for said in text.values() if said.strip()), "")


def as_stored(form: Form) -> dict[str, Any]:
    return {
        "particulars": dict(form.particulars),
        "questions": [
            {
                "code": question.code,
                "text": dict(question.text),
                "kind": question.kind,
                "required": question.required,
                "options": [{"code": option.code, "text": dict(option.text)} for option in question.options],
            }
            for question in form.questions
        ],
    }


def from_stored(kind: MemberKind, version: int, stored: Mapping[str, Any]) -> Form:
    return Form(
        kind,
        version,
        stored["particulars"],
        tuple(
            Question(
                question["code"],
                question["text"],
                question["kind"],
                question["required"],
                tuple(Option(option["code"], option["text"]) for option in question["options"]),
            )
            for question in stored["questions"]
        ),
    )
