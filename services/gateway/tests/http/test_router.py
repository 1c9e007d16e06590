import pytest

from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.route import Route
from priorbus.gateway.http.router import Found, Missed, Router


async def endpoint(gateway: object, call: Call) -> Answer:
    return Answer(200)


ROUTER = Router(
    [
        Route("GET", "/v1/things", endpoint),
        Route("POST", "/v1/things", endpoint),
        Route("GET", "/v1/things/{thing_id}", endpoint),
        Route("GET", "/v1/things/special", endpoint),
        Route("POST", "/fhir/Claim/$submit", endpoint, shape="E4", credential="token"),
    ]
)


def found(method: str, path: str) -> Found:
    target = ROUTER.find(method, path)
    assert isinstance(target, Found)
    return target


def missed(method: str, path: str) -> Missed:
    target = ROUTER.find(method, path)
    assert isinstance(target, Missed)
    return target


def test_parameters_come_decoded_from_the_path() -> None:
    assert found("GET", "/v1/things/a b").path == {"thing_id": "a b"}


def test_a_literal_wins_over_a_parameter() -> None:
    assert found("GET", "/v1/things/special").route.path == "/v1/things/special"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/things/", "/v1/things/a/b", "//v1/things", "/v1/things/a/"])
def test_other_paths_are_unknown(path: str) -> None:
    target = missed("GET", path)
    assert (target.problem.error.code, target.shape) == ("not_found", "E3")


def test_a_known_path_tells_its_methods() -> None:
    target = missed("DELETE", "/v1/things")
    assert (target.problem.error.http, target.problem.headers["Allow"]) == (405, "GET, POST")


def test_what_is_unknown_under_a_fhir_base_is_told_in_fhir() -> None:
    assert missed("GET", "/fhir/Nothing").shape == "E4"
    assert missed("GET", "/fhir/Claim/$submit").shape == "E4"
