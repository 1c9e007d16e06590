"""Members that request bodies of several resources share."""

from typing import Annotated

from pydantic import Field, StringConstraints

MetadataKey = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,40}\z")]
MetadataValue = Annotated[str, StringConstraints(max_length=500)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=50)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Npi = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}\z")]
UsState = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\z")]
