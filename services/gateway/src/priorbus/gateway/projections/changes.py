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

    def state(self, collection: str, document: Document) -> None:
        """Add a state to be written if it is newer."""
        self.states.setdefault(collection, []).append(document)
