"""Aggregates as MongoDB documents and back: the model's fields plus `_id` = "<tenant>/<key>", `tenant` and `rev`."""

from collections.abc import Mapping
from typing import Any

from priorbus.runtime.mongo.transactional import Loaded, Slot
from priorbus.runtime.work import Collection, Ref

Document = dict[str, Any]


def document_id(tenant: str, key: str) -> str:
    """The `_id` of an aggregate. A tenant with a slash is refused, because two aggregates could share an id."""
    if not tenant or "/" in tenant:
        raise ValueError("a tenant is a non-empty text without a slash")
    return f"{tenant}/{key}"


def slot_of(ref: Ref) -> Slot:
    """Where the aggregate lives."""
    return ref.collection.name, document_id(ref.tenant, ref.key)


def check_collection(collection: Collection[Any]) -> None:
    """Refuse a model that has a field of the store's own, and an index that is wanted and retired."""
    taken = {"rev", "_id"} & set(collection.model.model_fields)
    if taken:
        raise ValueError(f"{collection.model.__name__}.{taken.pop()} is the store's own field")
    if {index.name for index in collection.indexes} & set(collection.retired):
        raise ValueError(f"an index of {collection.name} is wanted and retired")


def to_document(aggregate: Any, id_: str, tenant: str, rev: int) -> Document:
    """The document of an aggregate; datetimes stay datetimes, tuples become arrays."""
    document = {"_id": id_, "tenant": tenant, "rev": rev, **aggregate.model_dump()}
    if document["tenant"] != tenant:
        raise ValueError(f"{type(aggregate).__name__} is put under another tenant than its own")
    return document


def from_document(collection: Collection[Any], document: Mapping[str, Any]) -> Loaded:
    """The aggregate in a document. Takes the document over."""
    fields = dict(document)
    rev = fields.pop("rev")
    del fields["_id"]
    if "tenant" not in collection.model.model_fields:
        del fields["tenant"]
    return Loaded(collection.model.model_validate(fields), rev)
