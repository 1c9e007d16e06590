"""`priorbus catalog`: templates and payers as data (authorizations.md 6.2)."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from priorbus.contracts.replies import Reply
from priorbus.contracts.templates import Payer, Template
from priorbus.requirements.adapters.catalogue_files import SHIPPED, read_payers, read_templates
from priorbus.requirements.aggregates import ALL, PAYERS, TEMPLATES
from priorbus.requirements.domain.catalog import lint_catalogue
from priorbus.requirements.domain.questionnaire import LintFinding
from priorbus.requirements.handlers.load_catalogue import LoadCatalogue, load_catalogue, touched
from priorbus.runtime.cli import AsJson, command_settings, fail, show
from priorbus.runtime.group import GroupRunner
from priorbus.runtime.handling import Subscription
from priorbus.runtime.mongo import Store
from priorbus.runtime.service import open_store
from priorbus.runtime.settings import MongoSettings
from priorbus.runtime.settlement import StoreUnavailable
from priorbus.runtime.work import EVERY_TENANT

app = typer.Typer(help="Templates and payers.", no_args_is_help=True)
SERVICE: Final = "requirements"

Templates = Annotated[Path, typer.Option("--templates", help="Folder of template files; default: the example catalogue.")]
Payers = Annotated[Path, typer.Option("--payers", help="File with all payers; default: the example catalogue.")]
_TEMPLATES: Final = SHIPPED / "templates"
_PAYERS: Final = SHIPPED / "payers.json"


@app.command()
def lint(templates: Templates = _TEMPLATES, payers: Payers = _PAYERS, *, as_json: AsJson = False) -> None:
    """Check files and list all findings; exit code 1 on any."""
    given, known_payers, findings = _read(templates, payers, as_json=as_json)
    findings += lint_catalogue(given, known_payers)
    if findings:
        _refuse(findings, as_json=as_json)
    text = f"{len(given)} templates and {len(known_payers)} payers, no findings"
    show({"templates": len(given), "payers": len(known_payers), "findings": []}, text, as_json=as_json)


@app.command()
def load(
    templates: Templates = _TEMPLATES,
    payers: Payers = _PAYERS,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, and tell what would be written.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check files, then write what is new in one transaction. A version that is there with other content is refused."""
    settings = command_settings(MongoSettings, as_json=as_json)
    given, known_payers, findings = _read(templates, payers, as_json=as_json)
    try:
        outcome = asyncio.run(_load(settings, given, known_payers, findings, dry_run=dry_run))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)
    if isinstance(outcome, list):
        _refuse(outcome, as_json=as_json)
    if outcome.refusal is not None:
        fail(f"{outcome.refusal.code}: {outcome.refusal.details.get('template')}", as_json=as_json)
    written = outcome.result or {}
    text = f"{'would write' if dry_run else 'wrote'} templates {written['templates']}, payers {written['payers']}"
    show({**written, "dryRun": dry_run}, text, as_json=as_json)


@app.command(name="list")
def list_templates(*, as_json: AsJson = False) -> None:
    """Templates, versions, and what they match."""
    settings = command_settings(MongoSettings, as_json=as_json)
    try:
        templates = asyncio.run(_loaded(settings))
    except StoreUnavailable as error:
        fail(f"MongoDB does not answer: {error}", as_json=as_json)
    rows = [template.model_dump(mode="json", by_alias=True, include={"template_id", "version", "title", "match"}) for template in templates]
    show({"templates": rows}, "\n".join(map(_line, templates)), as_json=as_json)


def _read(templates: Path, payers: Path, *, as_json: bool) -> tuple[list[Template], list[Payer], list[LintFinding]]:
    try:
        given, findings = read_templates(templates)
        known_payers, more = read_payers(payers)
    except OSError as error:
        fail(str(error), as_json=as_json)
    return given, known_payers, findings + more


async def _load(
    settings: MongoSettings, templates: Sequence[Template], payers: Sequence[Payer], findings: list[LintFinding], *, dry_run: bool
) -> Reply | list[LintFinding]:
    async with open_store(settings, SERVICE) as store:
        found = findings + lint_catalogue(templates, payers, await store.find(TEMPLATES, {}))
        if found:
            return found
        command = LoadCatalogue(templates=tuple(templates), payers=tuple(payers))
        if dry_run:
            return Reply(command_id="", result=await _news(store, command))
        await store.ensure_indexes(ALL)
        runner = GroupRunner(store, (Subscription(LoadCatalogue, load_catalogue, touches=touched),))
        return await runner.execute(command, EVERY_TENANT)


async def _news(store: Store, command: LoadCatalogue) -> dict[str, Any]:
    """What loading would write."""
    templates = [TEMPLATES.key(one) for one in command.templates if await store.get(TEMPLATES, EVERY_TENANT, TEMPLATES.key(one)) is None]
    payers = [payer.id for payer in command.payers if await store.get(PAYERS, EVERY_TENANT, payer.id) != payer]
    return {"templates": templates, "payers": payers}


async def _loaded(settings: MongoSettings) -> list[Template]:
    async with open_store(settings, SERVICE) as store:
        return await store.find(TEMPLATES, {}, sort=[("template_id", 1), ("version", 1)])


def _refuse(findings: Sequence[LintFinding], *, as_json: bool) -> NoReturn:
    rows = [{"source": one.source, "place": one.place, "code": one.code, "message": one.message} for one in findings]
    show({"findings": rows}, "\n".join(f"{one.source}  {one.place}  {one.code}: {one.message}" for one in findings), as_json=as_json)
    raise typer.Exit(1)


def _line(template: Template) -> str:
    match = template.match
    codes = ", ".join(f"{code.system} {code.code}" for code in match.service_codes)
    served = f"payers {', '.join(match.payer_ids)}  states {', '.join(match.states)}"
    return f"{template.template_id}@{template.version}  {match.service_type}  {codes}  {served}"
