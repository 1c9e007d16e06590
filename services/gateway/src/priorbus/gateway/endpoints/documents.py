"""GET /openapi/… and /docs/errors/{code}: what is published about the API, for everybody (Conventions 14)."""

from html import escape

from priorbus.contracts.errors import ERRORS, ErrorCode
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem

HTML = "text/html"
_UPLOAD_GUIDE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Uploading patient attachments</title></head>
<body><h1>Uploading patient attachments</h1><ol>
<li>GET /v1/patients/{patient_id}/attachment_presigned_post answers with <code>url</code> and <code>fields</code>, good for one upload
within an hour.</li>
<li>POST to <code>url</code> as multipart/form-data: every field of <code>fields</code> unchanged, optionally <code>Content-Type</code>,
and last the part <code>file</code>. The store answers 201 with the <code>Key</code>.</li>
<li>POST /v1/patient_attachments with <code>patient_id</code> and <code>upload_url</code>: <code>url</code>, one slash, the
<code>Key</code>, percent-encoded or not; but <code>#</code> and <code>?</code> must be encoded.</li>
<li>Wait for the event patient_attachment.processed, or read the attachment until <code>processing_completed</code> is true.</li>
</ol></body></html>
"""
_CACHED = {"Cache-Control": "public, max-age=300"}


async def read_document(name: str, gateway: Gateway, call: Call) -> Answer:
    """A machine-readable contract."""
    return Answer(200, gateway.documents[name], dict(_CACHED))


async def read_error_page(gateway: Gateway, call: Call) -> Answer:
    """What a code means; the `type` of problem details leads here."""
    error = ERRORS.get(call.path["code"])
    if error is None:
        raise Problem("not_found")
    return Answer(200, error_page(error).encode(), dict(_CACHED), f"{HTML}; charset=utf-8")


async def read_upload_guide(gateway: Gateway, call: Call) -> Answer:
    """How to upload a patient attachment; refusals of an `upload_url` lead here."""
    return Answer(200, _UPLOAD_GUIDE.encode(), dict(_CACHED), f"{HTML}; charset=utf-8")


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
