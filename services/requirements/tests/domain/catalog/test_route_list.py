from services.requirements.tests.domain.catalog.conftest import example_payers, template

from priorbus.contracts.authorizations import Selection
from priorbus.contracts.templates import Provider, ServiceType
from priorbus.requirements.domain.catalog import Catalogue, list_routes, resolve_route


def rows(
    catalogue: Catalogue, payer_id: str | None = None, state: str | None = None, service_type: ServiceType | None = None
) -> list[tuple[str, str, str, str, int]]:
    found = list_routes(catalogue, payer_id=payer_id, state=state, service_type=service_type)
    return [(one.payer.id, *place, one.template.template_id, one.template.version) for place, one in found]


def test_the_example_catalogue(catalogue: Catalogue) -> None:
    listed = rows(catalogue)
    assert {row[0] for row in listed} == {"payer_evergreen", "payer_harbor", "payer_summit"}
    assert rows(catalogue, payer_id="payer_summit") == [("payer_summit", "TX", "outpatient", "dme-hospital-bed", 1)]
    assert rows(catalogue, payer_id="payer_dormant") == []
    assert rows(catalogue, payer_id="payer_harbor", state="NY") == [
        ("payer_harbor", "NY", "drug", "drug-adalimumab", 1),
        ("payer_harbor", "NY", "outpatient", "dme-hospital-bed", 1),
        ("payer_harbor", "NY", "outpatient", "imaging-mri-brain", 1),
    ]
    assert all(row[2] == "drug" for row in rows(catalogue, service_type="drug"))


def test_a_template_that_is_never_selected_is_no_route() -> None:
    specific = template("mine", payerIds=["payer_harbor"])
    catalogue = Catalogue((template("general"), template("general", 2), specific), example_payers())
    assert {row[3:] for row in rows(catalogue, payer_id="payer_harbor")} == {("mine", 1)}
    assert {row[3:] for row in rows(catalogue, payer_id="payer_summit")} == {("general", 2)}


def test_what_is_listed_is_what_is_resolved(catalogue: Catalogue, provider: Provider) -> None:
    for (state, service_type), listed in list_routes(catalogue):
        code = listed.template.match.service_codes[0]
        selection = {
            "payer_id": listed.payer.id,
            "state": state,
            "service_type": service_type,
            "service_code": code.code,
            "service_code_system": code.system,
        }
        assert resolve_route(catalogue, provider, Selection.model_validate(selection)) == listed
