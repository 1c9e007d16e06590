"""GET /openapi/…, /asyncapi.json, /schemas/…, /docs…: what is published about the API, for everybody (Conventions 14)."""

from html import escape

from priorbus.contracts.errors import ERRORS, ErrorCode
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem

HTML = "text/html"
_CACHED = {"Cache-Control": "public, max-age=300"}


async def read_document(path: str, gateway: Gateway, call: Call) -> Answer:
    """A machine-readable contract."""
    return Answer(200, gateway.documents[path], dict(_CACHED))


async def read_page(path: str, gateway: Gateway, call: Call) -> Answer:
    """The same for people."""
    return Answer(200, gateway.documents[path], dict(_CACHED), f"{HTML}; charset=utf-8")


async def read_error_page(gateway: Gateway, call: Call) -> Answer:
    """What a code means; the `type` of problem details leads here."""
    error = ERRORS.get(call.path["code"])
    if error is None:
        raise Problem("not_found")
    return Answer(200, error_page(error).encode(), dict(_CACHED), f"{HTML}; charset=utf-8")


def error_page(error: ErrorCode) -> str:
    """A row of the registry for people."""
    statuses = sorted({error.status(shape) for shape in error.shapes})
    again = "Yes: the same request may succeed later." if error.retryable else "No: the same request will fail again."
    facts = {
        "HTTP status": " or ".join(map(str, statuses)),
        "Meaning": error.message,
        "Category": error.category,
        "Worth repeating": again,
    }
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts.items())
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(error.code)}</title></head>'
    return f"{head}<body><h1>{escape(error.code)}</h1><dl>{rows}</dl></body></html>"
