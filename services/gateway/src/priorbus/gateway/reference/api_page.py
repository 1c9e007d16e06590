"""One OpenAPI document as a page."""

from collections.abc import Mapping
from html import escape
from typing import Any

from priorbus.gateway.reference.page import code, page, prose, table
from priorbus.gateway.reference.schemas import kind, members, variants

Document = Mapping[str, Any]


def api_page(name: str, document: Document, guide: str = "") -> bytes:
    """A guide in HTML, operations by tag, then the schemas they refer to."""
    info = document["info"]
    parts = [f"<h1>{escape(info['title'])}</h1><p>{prose(info['description'])}</p>{guide}", _contents(document)]
    parts += [_tag(tag["name"], document) for tag in document["tags"]]
    parts += ["<h2>Schemas</h2>", *(_schema(one, schema) for one, schema in document["components"]["schemas"].items())]
    parts.append(f'<p>For machines: <a href="/openapi/{escape(name)}.json">/openapi/{escape(name)}.json</a>.</p>')
    return page(name, info["title"], "".join(parts))


def _operations(document: Document) -> list[tuple[str, str, Document]]:
    return [(path, method.upper(), one) for path, methods in document["paths"].items() for method, one in methods.items()]


def _contents(document: Document) -> str:
    rows = [
        (f'<span class="method">{method}</span>', f'<a href="#{one["operationId"]}">{code(path)}</a>', escape(one["summary"]))
        for path, method, one in _operations(document)
    ]
    return table(("Method", "Path", ""), rows)


def _tag(tag: str, document: Document) -> str:
    articles = [_article(path, method, one, document) for path, method, one in _operations(document) if tag in one["tags"]]
    return f"<h2>{escape(tag)}</h2>{''.join(articles)}"


def _article(path: str, method: str, one: Document, document: Document) -> str:
    old = ' <span class="soft">deprecated</span>' if one.get("deprecated") else ""
    head = f'<h3 id="{one["operationId"]}"><span class="method">{method}</span> {code(path)}{old}</h3><p>{escape(one["summary"])}</p>'
    scopes = sorted({scope for way in one["security"] for scopes in way.values() for scope in scopes})
    needs = f"<p>Scope: {', '.join(map(code, scopes))}</p>" if scopes else ""
    return f"<article>{head}{needs}{_parameters(one, document)}{_request(one)}{_responses(one)}</article>"


def _parameters(one: Document, document: Document) -> str:
    rows = []
    for given in one["parameters"]:
        parameter = _resolved(given, document)
        about = prose(parameter.get("description", ""))
        rows.append(
            (code(parameter["name"]), parameter["in"], kind(parameter["schema"]), "yes" if parameter.get("required") else "", about)
        )
    return table(("Parameter", "In", "Type", "Always", ""), rows)


def _resolved(given: Document, document: Document) -> Document:
    if "$ref" not in given:
        return given
    found: Any = document
    for step in str(given["$ref"]).removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _request(one: Document) -> str:
    bodies = one.get("requestBody", {}).get("content", {})
    return "".join(
        f"<p>Body, {code(media)}: {kind(content['schema'])}</p>{variants(content['schema'])}" for media, content in bodies.items()
    )


def _responses(one: Document) -> str:
    rows, shown = [], list[str]()
    for status, response in one["responses"].items():
        schemas = [content["schema"] for content in response.get("content", {}).values()]
        failed = status >= "400"
        about = ", ".join(_error(word) for word in response["description"].split(", ")) if failed else prose(response["description"])
        rows.append((status, about, "" if failed else " ".join(map(kind, schemas))))
        tables = "" if failed else "".join(map(members, schemas))
        if tables:
            shown.append(f"<p>Body of {escape(status)}:</p>{tables}")
    return table(("Status", "", "Body"), rows) + "".join(shown)


def _error(name: str) -> str:
    return f'<a href="/docs/errors/{escape(name)}">{escape(name)}</a>'


def _schema(name: str, schema: Document) -> str:
    body = members(schema) or f"<p>{kind(schema)}</p>"
    return f'<article><h3 id="schema-{escape(name)}">{escape(name)}</h3>{body}</article>'
