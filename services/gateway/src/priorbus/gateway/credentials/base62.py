"""Base 62 with the alphabet 0-9A-Za-z (Conventions 3.3)."""

import secrets

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET_LENGTH = 43


def encode(number: int, length: int) -> str:
    """The number in exactly `length` digits, most significant first."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def random_secret() -> str:
    """43 random characters: at least 256 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
