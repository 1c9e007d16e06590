"""What Priorbus wants set on its bucket, and when that would do harm. Rules of others stay as they are."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from priorbus.storage.domain.keys import DOCUMENTS, FILES, QUARANTINE
from priorbus.storage.domain.patients.keys import CONTENT, UPLOADS

Rule = Mapping[str, Any]

MARK: Final = "priorbus-"
"""Names of our rules begin with it."""
KEPT: Final = (FILES, DOCUMENTS, "raw/", CONTENT, UPLOADS)
"""Prefixes of objects that only Priorbus itself may remove."""

_ORIGIN = re.compile(r"(https?)://[a-z0-9.-]+(:[0-9]{1,5})?")
_DAY = 86_400


class Unfit(Exception):
    """It would do harm here; the text says why."""


def encrypted_transport(bucket: str, endpoints: Iterable[str]) -> list[Rule]:
    """The policy statement that refuses requests without TLS. Raises Unfit."""
    if any(not endpoint.startswith("https://") for endpoint in endpoints):
        raise Unfit(
            "the policy refuses requests without TLS, and an address of the object store in the settings is http: "
            "it would lock out everybody, on some stores also whoever wants to take the policy away again"
        )
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    unencrypted = {"Bool": {"aws:SecureTransport": "false"}}
    statement = {
        "Sid": "PriorbusTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": resources,
        "Condition": unencrypted,
    }
    return [statement]


def uploads_from(origins: Sequence[str], *, live: bool) -> list[Rule]:
    """The cross-origin rule for browsers that upload and download. Raises Unfit."""
    for origin in origins:
        match = _ORIGIN.fullmatch(origin)
        if match is None:
            raise Unfit(f"{origin!r} is no origin: scheme, host in lower case and maybe a port, nothing behind")
        if live and match[1] != "https":
            raise Unfit(f"{origin!r} is http, which the live environment refuses")
    methods = ["GET", "HEAD", "PUT", "POST"]
    return [
        {
            "ID": f"{MARK}uploads",
            "AllowedOrigins": list(origins),
            "AllowedMethods": methods,
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 3600,
        }
    ]


def leftovers(upload_seconds: int, present: Iterable[Rule]) -> list[Rule]:
    """The lifecycle rules that remove what a sweeper that never ran would leave. Raises Unfit.

    `upload_seconds` is how long an upload may wait for its completion; the store counts in whole days.
    """
    for rule in present:
        if harmful(rule):
            raise Unfit(f"the lifecycle rule {rule.get('ID', '')!r} removes or moves objects that have to stay; take it away first")
    days = math.ceil(upload_seconds / _DAY) + 1
    return [
        {"ID": f"{MARK}uploads", "Status": "Enabled", "Filter": {"Prefix": QUARANTINE}, "Expiration": {"Days": days}},
        {"ID": f"{MARK}parts", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
    ]


def harmful(rule: Rule) -> bool:
    """Whether a lifecycle rule touches present versions of objects that have to stay."""
    if rule.get("Status") != "Enabled" or not {"Expiration", "Transitions"} & rule.keys():
        return False
    if not {"Days", "Date"} & set(rule.get("Expiration", {})) and "Transitions" not in rule:
        return False
    chosen = rule.get("Filter", {})
    prefix = str(chosen.get("Prefix", chosen.get("And", {}).get("Prefix", rule.get("Prefix", ""))))
    return any(kept.startswith(prefix) or prefix.startswith(kept) for kept in KEPT)


def merged(present: Iterable[Rule], ours: Sequence[Rule], name: str) -> list[dict[str, Any]]:
    """Everybody else's rules as they are, and ours; `name` is the member that names a rule."""
    own = {rule[name] for rule in ours}
    return [dict(rule) for rule in present if rule.get(name) not in own] + [dict(rule) for rule in ours]
