"""What handlers need besides their unit of work, and tests replace."""

from typing import Protocol

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.templates import Template
from priorbus.requirements.domain.catalog import Catalogue
from priorbus.requirements.domain.questionnaire import CompiledTemplate
from priorbus.runtime.work import Reader


class Templates(Protocol):
    """The catalogue, read and compiled once per process."""

    async def catalogue(self) -> Catalogue:
        """Payers and templates for new cases, a tenth of a second old at most."""

    def compiled(self, template: Template) -> CompiledTemplate:
        """A template version, ready for evaluation."""

    async def pinned(self, authorization: Authorization, reader: Reader) -> CompiledTemplate:
        """The template version that a case was created with; raises LookupError if it is gone."""
