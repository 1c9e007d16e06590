"""What endpoints work with."""

from collections.abc import Mapping
from dataclasses import dataclass

from priorbus.gateway.credentials.directory import CredentialDirectory
from priorbus.gateway.credentials.key_store import ApiKeys
from priorbus.gateway.events.feeds import EventFeeds
from priorbus.gateway.events.log import EventLog
from priorbus.gateway.events.open_streams import OpenStreams
from priorbus.gateway.oauth.tokens import TokenIssuer
from priorbus.gateway.operations.commands import Commands
from priorbus.gateway.operations.own_writes import OwnWrites
from priorbus.gateway.operations.questions import Questions
from priorbus.gateway.operations.store import OperationStore
from priorbus.gateway.queries.authorizations import AuthorizationQueries
from priorbus.gateway.queries.catalogue import CatalogueQueries
from priorbus.gateway.queries.events import EventQueries
from priorbus.gateway.queries.files import FileQueries
from priorbus.gateway.queries.forms import Forms
from priorbus.gateway.queries.lists import Lists
from priorbus.gateway.queries.reply_deadlines import ReplyDeadlines
from priorbus.gateway.queries.routes import RouteQueries
from priorbus.gateway.settings import Settings
from priorbus.gateway.webhooks.deliveries import WebhookDeliveries
from priorbus.gateway.webhooks.endpoints import WebhookEndpoints
from priorbus.runtime.clock import Clock
from priorbus.runtime.handling import Ids
from priorbus.runtime.health import Health
from priorbus.runtime.objects import ObjectStore
from priorbus.runtime.sealing import Sealer


@dataclass(frozen=True)
class Gateway:
    """One per process."""

    settings: Settings
    clock: Clock
    new_id: Ids
    commands: Commands
    own_writes: OwnWrites
    questions: Questions
    operations: OperationStore
    authorizations: AuthorizationQueries
    files: FileQueries
    catalogue: CatalogueQueries
    patients: Lists
    patient_cases: Lists
    patient_attachments: Lists
    forms: Forms
    routes: RouteQueries
    reply_deadlines: ReplyDeadlines
    credentials: CredentialDirectory
    api_keys: ApiKeys
    events: EventQueries
    feeds: EventFeeds
    open_streams: OpenStreams
    event_log: EventLog
    sealer: Sealer
    webhook_endpoints: WebhookEndpoints
    webhook_deliveries: WebhookDeliveries
    objects: ObjectStore
    health: Health
    documents: Mapping[str, bytes]
    """The published descriptions of the API by name."""
    tokens: TokenIssuer
