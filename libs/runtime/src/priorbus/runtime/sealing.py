"""Encryption at rest of secrets that clients entrust to a service, such as the headers of their receivers."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr


class NotOpened(Exception):
    """No key opens this: it was sealed under another one, or changed since."""


class Sealer:
    """Authenticated encryption; a key is changed by putting the new one in front."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        """Raises ValueError when a key is not base64url of 32 bytes."""
        self._fernet = MultiFernet([Fernet(key.get_secret_value()) for key in keys])

    def seal(self, secret: str) -> bytes:
        """The secret, encrypted under the first key; another text each time."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """The secret. Raises NotOpened."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise NotOpened from None
