"""Secrets at rest."""

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from priorbus.runtime.sealing import NotOpened, Sealer

OLD, NEW = (SecretStr(Fernet.generate_key().decode()) for _ in range(2))


def test_a_sealed_secret_is_not_readable_and_opens_again() -> None:
    sealed = Sealer([OLD]).seal("Bearer 1234")
    assert b"1234" not in sealed
    assert Sealer([OLD]).open(sealed) == "Bearer 1234"


def test_a_new_key_in_front_still_opens_what_the_old_one_sealed() -> None:
    assert Sealer([NEW, OLD]).open(Sealer([OLD]).seal("secret")) == "secret"
    assert Sealer([NEW]).open(Sealer([NEW, OLD]).seal("secret")) == "secret"


def test_what_another_key_sealed_or_somebody_changed_does_not_open() -> None:
    sealed = Sealer([OLD]).seal("secret")
    for wrong in (Sealer([NEW]).seal("secret"), sealed[:-2] + b"AA"):
        with pytest.raises(NotOpened):
            Sealer([OLD]).open(wrong)


def test_a_malformed_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        Sealer([SecretStr("short")])
