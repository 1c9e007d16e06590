"""What tests replace: the payer, and the place of large request bodies."""

from typing import Protocol

from priorbus.fhir_pas.domain.payer import InformationRequest, PayerAnswer, PayerRequest


class PayerUnreachable(Exception):
    """The payer did not answer; the same request may be sent again. The text holds no PHI."""


class PayerConnector(Protocol):
    """One way to payers (fhir-pas.md 22).

    Every call may raise PayerUnreachable, and may be repeated: the request's identifier makes it one.
    """

    @property
    def channel(self) -> str:
        """How the payer is reached, as told in receipts (authorizations.md 3.2)."""

    async def discover(self, request: PayerRequest) -> tuple[InformationRequest, ...]:
        """What the payer will want beside the answers, as far as can be told before a submission."""

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        """Send the request."""

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        """What is new since the answer before; `step` counts the polls of this request from 1."""


class RequestBodies(Protocol):
    """Raw request bodies that are too large for a message (claim check)."""

    async def read(self, key: str) -> bytes:
        """The body under this key. Raises TransientError when the object store is away."""
