"""Where the aggregates of this service live."""

from typing import Final

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.templates import Payer, Provider, Template
from priorbus.requirements.domain.file_use import FileUse
from priorbus.runtime.work import Collection


def template_key(template_id: str, version: int) -> str:
    """The key of one template version."""
    return f"{template_id}@{version}"


TEMPLATES: Final = Collection("templates", Template, lambda template: template_key(template.template_id, template.version))
"""Every template version ever loaded, under EVERY_TENANT."""

PAYERS: Final = Collection("payers", Payer, lambda payer: payer.id)
"""The payers of the catalogue, under EVERY_TENANT."""

PROVIDERS: Final = Collection("providers", Provider, lambda provider: provider.npi)

AUTHORIZATIONS: Final = Collection("authorizations", Authorization, lambda authorization: authorization.id, remembered=1000)
"""Whoever works on a case works on it several times in a row."""

FILE_USES: Final = Collection("file_uses", FileUse, lambda use: use.file_id)

ALL: Final = (TEMPLATES, PAYERS, PROVIDERS, AUTHORIZATIONS, FILE_USES)
