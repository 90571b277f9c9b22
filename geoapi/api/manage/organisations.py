"""/v1/manage/organisations: the tree as far as it is mine."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query, Response
from pydantic import Field

from geoapi.accounts.permissions import Act, places
from geoapi.api.answers import json_answer, problem_responses
from geoapi.api.caller import SignedIn
from geoapi.api.changes import Change, Post
from geoapi.api.dependencies import ServiceDep
from geoapi.api.parameters import Parameters
from geoapi.api.people import IdText, ListOf, NameText, Organisation, OrganisationPage, RowId
from geoapi.editing.organisations import create_organisation, rename_organisation
from geoapi.queries.organisations import organisation_tree

router = APIRouter(prefix="/v1/manage/organisations", tags=["administration"])


class NewOrganisation(Parameters):
    """A street or town, or a venue, and what it is under."""

    parent_id: IdText
    level: Annotated[
        Literal["street", "venue"], Field(description="街道(乡镇)或场所 · a street or town, or a venue")
    ]
    name: Annotated[NameText, Field(description="名称 · name")]
    name_en: Annotated[NameText | None, Field(description="英文名 · in English")] = None


class OrganisationNames(Parameters):
    """Its names; what is left out stays."""

    name: Annotated[NameText, Field(description="名称 · name")] = ""
    name_en: Annotated[
        NameText | None, Field(description="英文名，null 为没有 · in English; null for none")
    ] = None


@router.get(
    "",
    summary="我的组织 · my organisations",
    response_model=OrganisationPage,
    responses=problem_responses(401, 403, 414, 422, 503),
    description="您的角色所在的组织、其下的，以及其上各级。站点与账号数含下级。\n\n"
    "Those of your roles, all below them, and the way up. Counts include what is below.",
)
async def list_organisations(
    asked: Annotated[ListOf, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    places(caller, Act.SEE_STATIONS)
    page = await organisation_tree(service.database, caller, cursor=asked.cursor, limit=asked.limit)
    return json_answer(
        {"items": page.items, "next_cursor": page.next_cursor}, headers={"Cache-Control": "no-store"}
    )


@router.post(
    "",
    status_code=201,
    response_description="已建立 · created",
    summary="新建组织 · create an organisation",
    response_model=Organisation,
    responses=problem_responses(401, 403, 404, 409, 413, 415, 422, 503),
)
async def post_organisation(
    asked: Annotated[
        NewOrganisation,
        Body(
            openapi_examples={
                "venue": {
                    "summary": "街道下的一处场所 · a venue under a street",
                    "value": {"parent_id": "4", "level": "venue", "name": "东四便利店"},
                }
            }
        ),
    ],
    change: Post,
) -> Response:
    return await change("create_organisation",
        lambda conn: create_organisation(
            conn, change.by, parent_id=int(asked.parent_id), level=asked.level, name=asked.name,
            name_en=asked.name_en,
        ),
    )  # fmt: skip


@router.patch(
    "/{id}",
    summary="改名 · rename an organisation",
    response_model=Organisation,
    responses=problem_responses(401, 403, 404, 409, 413, 415, 422, 503),
)
async def patch_organisation(
    id: RowId,
    asked: Annotated[
        OrganisationNames,
        Body(
            openapi_examples={"name": {"summary": "改名 · another name", "value": {"name": "东四街道总工会"}}}
        ),
    ],
    change: Change,
) -> Response:
    columns = {"name": "name_zh", "name_en": "name_en"}
    names = {columns[field]: getattr(asked, field) for field in asked.model_fields_set}
    return await change("rename_organisation", lambda conn: rename_organisation(conn, change.by, id, names))
