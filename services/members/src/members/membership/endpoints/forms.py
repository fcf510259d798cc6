"""HTTP of application forms."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Query, Response

from contracts.members import MemberKind
from kit.actor import Actor
from kit.auth import require
from kit.conditional import VersionDep, version_tag
from kit.problems import LanguageDep, TextsDep
from kit.routing import ReadDep, WorkDep, service_router
from members.dependencies import SettingsDep
from members.membership.rules.forms import Form, Option, Question, in_language
from members.membership.schemas.forms import (
    LABELS,
    FormOut,
    FormsOut,
    NewForm,
    OptionOut,
    ParticularOut,
    QuestionOut,
)
from members.membership.schemas.members import Language
from members.membership.service import forms

router = service_router(prefix="/v1/application-forms", tags=["members"])

CoordinatorDep = Annotated[Actor, Depends(require("coordinator"))]


def _shown(form: Form, texts: TextsDep, language: str, fallback: str) -> FormOut:
    return FormOut(
        kind=form.kind,
        version=form.version,
        particulars=[
            ParticularOut(name=name, asked=asked, text=texts.say(language, LABELS[name]))
            for name, asked in form.particulars.items()
        ],
        questions=[
            QuestionOut(
                code=question.code,
                kind=question.kind,
                required=question.required,
                text=in_language(question.text, language, fallback),
                texts=dict(question.text),
                options=[
                    OptionOut(
                        code=option.code, text=in_language(option.text, language, fallback), texts=dict(option.text)
                    )
                    for option in question.options
                ],
            )
            for question in form.questions
        ],
    )


def _texts(said: Mapping[Language, str]) -> dict[str, str]:
    return {str(language): text for language, text in said.items()}


@router.get("")
async def list_application_forms(
    connection: ReadDep, settings: SettingsDep, texts: TextsDep, language: LanguageDep
) -> FormsOut:
    """What each kind of member is asked when it applies, in the caller's language. Anyone may read it."""
    found = await forms.all_forms(connection)
    return FormsOut(items=[_shown(form, texts, language, settings.language) for form in found])


@router.get("/{kind}")
async def get_application_form(
    *,
    kind: MemberKind,
    connection: ReadDep,
    settings: SettingsDep,
    texts: TextsDep,
    language: LanguageDep,
    response: Response,
    version: Annotated[
        int | None, Query(ge=0, le=10**6, description="An older version; the newest when left out")
    ] = None,
) -> FormOut:
    """What one kind is asked. Its ETag is needed to change it."""
    found = await forms.form(connection, kind, version)
    response.headers["etag"] = version_tag(found.version)
    return _shown(found, texts, language, settings.language)


@router.put("/{kind}")
async def put_application_form(
    *,
    kind: MemberKind,
    body: NewForm,
    work: WorkDep,
    settings: SettingsDep,
    texts: TextsDep,
    language: LanguageDep,
    actor: CoordinatorDep,
    version: VersionDep,
    response: Response,
) -> FormOut:
    """Asks this kind something else from now on: a new version, and who answered an older one keeps that one."""
    wanted = Form(
        kind,
        0,
        {
            "phone": body.phone,
            "tax_id": body.tax_id,
            "representative": body.representative,
            "address": body.address,
        },
        tuple(
            Question(
                question.code,
                _texts(question.text),
                question.kind,
                question.required,
                tuple(Option(option.code, _texts(option.text)) for option in question.options),
            )
            for question in body.questions
        ),
    )
    made = await forms.put(work, wanted, version=version, by=actor.user_id)
    response.headers["etag"] = version_tag(made.version)
    return _shown(made, texts, language, settings.language)
