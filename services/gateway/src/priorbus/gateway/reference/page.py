"""What all pages share."""

import re
from collections.abc import Iterable
from html import escape

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8882;--accent:#0a6bb5}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
nav a{margin-right:1rem}a{color:var(--accent)}h1{margin-bottom:0}h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
code,pre{font:13px/1.45 ui-monospace,monospace}pre{background:var(--soft);padding:.75rem;overflow:auto}
article{border:1px solid var(--line);border-radius:.5rem;padding:.25rem 1rem 1rem;margin:1rem 0}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}
.method{font-weight:700}.soft{opacity:.75}summary{cursor:pointer;margin:.5rem 0}
"""
PAGES = {
    "": "Start",
    "authorizations": "Authorizations",
    "patient-attachments": "Patient attachments",
    "platform": "Platform",
    "events": "Events",
    "errors": "Errors",
}
"""Pages by name, in the order of the menu."""


def page(name: str, title: str, body: str) -> bytes:
    """A whole page."""
    menu = "".join(f'<a href="/docs{"/" + one if one else ""}">{escape(text)}</a>' for one, text in PAGES.items())
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)} · Priorbus</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body><nav>{menu}</nav>{body}</body></html>'.encode()


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are HTML already."""
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    if not lines:
        return ""
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(f'<tr>{line}</tr>' for line in lines)}</tbody></table>"


def prose(text: str) -> str:
    """Plain text with `code` in backticks."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def code(text: str) -> str:
    """A name as it is written."""
    return f"<code>{escape(text)}</code>"
