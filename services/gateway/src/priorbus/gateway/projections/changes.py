"""What a group of facts writes."""

from dataclasses import dataclass, field

from priorbus.runtime.mongo.documents import Document


@dataclass
class Changes:
    """States by collection (guarded by rank), and rows that are only ever added."""

    states: dict[str, list[Document]] = field(default_factory=dict)
    templates: list[Document] = field(default_factory=list)
    timeline: list[Document] = field(default_factory=list)
    events: list[Document] = field(default_factory=list)
    restated: set[tuple[str, str]] = field(default_factory=set)
    """Collection and `_id` of states that are to replace others of the same rank."""

    def state(self, collection: str, document: Document) -> None:
        """Add a state to be written if it is newer."""
        self.states.setdefault(collection, []).append(document)

    def restate(self, collection: str, document: Document) -> None:
        """Add a state to be written unless a newer one is there."""
        self.state(collection, document)
        self.restated.add((collection, document["_id"]))
