import pytest

from priorbus.contracts.fhir_scopes import grants, is_scope


@pytest.mark.parametrize(
    ("granted", "wanted"),
    [
        (["system/Claim.cruds"], "system/Claim.cu"),
        (["system/Claim.c", "system/Claim.u"], "system/Claim.cu"),
        (["system/*.cud"], "system/Claim.cu"),
        (["system/Claim.write"], "system/Claim.cu"),
        (["system/ClaimResponse.read"], "system/ClaimResponse.r"),
        (["system/*.*"], "system/Claim.cu"),
    ],
)
def test_scopes_that_permit(granted: list[str], wanted: str) -> None:
    assert grants(granted, wanted)


@pytest.mark.parametrize("granted", [[], ["system/Claim.c"], ["system/Patient.cruds"], ["user/Claim.cruds"], ["system/Claim.uc"], ["*"]])
def test_scopes_that_do_not_permit(granted: list[str]) -> None:
    assert not grants(granted, "system/Claim.cu")


@pytest.mark.parametrize("text", ["", "system/", "system/Claim", "system/Claim.", "system/Claim.x", "system/.c", "system/Claim.sr"])
def test_what_is_no_scope(text: str) -> None:
    assert not is_scope(text)
