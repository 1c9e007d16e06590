"""Questionnaire forms of template versions: made once per process and style, because a version never changes."""

import orjson
from pymongo.errors import DuplicateKeyError

from priorbus.contracts.commands.requirements import ReadTemplate
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.templates import Template
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.presentation.style import Form, Style, StyleName
from priorbus.gateway.read_models import catalogue
from priorbus.gateway.read_models.database import projected
from priorbus.runtime.bus import NoReply, NotAccepted, Requests
from priorbus.runtime.clock import Clock
from priorbus.runtime.handling import Ids
from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database
from priorbus.runtime.work import EVERY_TENANT

_ASK_SECONDS = 5.0


class Forms:
    """From memory, else from the gateway's copy, else from the owner, whose fact has then not arrived yet."""

    def __init__(self, database: Database, requests: Requests, clock: Clock, new_id: Ids) -> None:
        self._rows = projected(database, catalogue.TEMPLATES)
        self._requests = requests
        self._clock = clock
        self._new_id = new_id
        self._forms: dict[tuple[StyleName, str, int], Form] = {}

    async def get(self, style: Style, template_id: str, version: int) -> Form:
        """The form of a template version in a style. Raises Problem (503) when it can not be got now."""
        known = self._forms.get((style.name, template_id, version))
        if known is not None:
            return known
        found = await self._rows.find_one({"_id": catalogue.template_id(template_id, version)})
        template = Template.model_validate_json(found["json"]) if found else await self._ask(template_id, version)
        form = self._forms[style.name, template_id, version] = style.form(template)
        return form

    async def _ask(self, template_id: str, version: int) -> Template:
        question = ReadTemplate(template_id=template_id, version=version)
        envelope = Envelope(self._new_id("qry"), question.wire_type, self._clock(), EVERY_TENANT, {})
        try:
            reply = await self._requests.call(envelope, question.model_dump_json().encode(), _ASK_SECONDS)
        except (NoReply, NotAccepted):
            raise Problem("service_unavailable") from None
        if reply.get("result") is None:
            raise Problem("service_unavailable")
        template = Template.model_validate(reply["result"])
        await self._keep(catalogue.template_document(orjson.loads(template.model_dump_json())))
        return template

    async def _keep(self, document: Document) -> None:
        try:
            await self._rows.insert_one(document)
        except DuplicateKeyError:
            return
