"""What this process committed last, so that reading it again costs a look at its `rev` only."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping

from priorbus.runtime.mongo.transactional import Loaded, Save


class Memory:
    """The latest commits of each collection that is to be remembered, by `_id`.

    Only what a majority has acknowledged goes in: what was merely read could be rolled back, and its `rev` given to another state.
    """

    def __init__(self) -> None:
        self._latest: dict[str, OrderedDict[str, Loaded]] = defaultdict(OrderedDict)

    def committed(self, saves: Iterable[Save]) -> None:
        """Remember what these saves left behind, and forget what was saved longest ago."""
        for save in saves:
            room = save.collection.remembered
            if not room:
                continue
            latest = self._latest[save.collection.name]
            latest.pop(save.id, None)
            if save.aggregate is not None:
                latest[save.id] = Loaded(save.aggregate, save.rev + 1)
            if len(latest) > room:
                latest.popitem(last=False)

    def of(self, collection: str, ids: Iterable[str]) -> Mapping[str, Loaded]:
        """What is remembered of these; whether it still holds, its `rev` in the database tells."""
        latest = self._latest[collection]
        return {id_: latest[id_] for id_ in ids if id_ in latest}
