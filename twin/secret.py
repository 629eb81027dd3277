"""Passwords of the users of one installation: made once, kept in files that only their owner reads."""

import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from twin.private_file import write_private

# What stands in examples and is forgotten there; compared without case, blanks and punctuation.
_EXAMPLES = """
admin changeit changeme changethis default dummy edge example foo fixme guest letmein mypassword mysecret none null
operator pass passwd password placeholder pleasechange qwerty replaceme root secret test todo token user viewer xxx
xxxx yourpassword yoursecret yourtoken 123 1234 12345 123456 12345678 123456789
"""
_PLACEHOLDERS = frozenset(_EXAMPLES.split())


class SecretError(ValueError):
    """A password that is missing, a placeholder or open to others; the text names file, cause and remedy."""


def make_secrets(folder: Path, users: Iterable[str]) -> list[str]:
    """Give each of `users` a password file in `folder` (0700, files 0600) unless it has one; return who got one.

    Raises SecretError for a file that is damaged or holds a placeholder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = []
    for user in users:
        file = folder / user
        if file.exists():
            try:
                written = file.read_text("ascii").strip()
            except UnicodeDecodeError as error:
                raise SecretError(
                    f"{file} is damaged ({error}); delete it, a new password is made then"
                ) from error
            if written:
                _refuse_placeholder(file, user, written)
                file.chmod(0o600)
                continue
        replace_secret(folder, user)
        made.append(user)
    return made


def replace_secret(folder: Path, user: str) -> str:
    """Give `user` a new password of 192 random bits, in one step: the file holds the old one or the new one."""
    text = secrets.token_urlsafe(24)
    write_private(folder / user, text.encode("ascii"))
    return text


def read_secret(folder: Path, user: str) -> str:
    """Return the password of `user`; raises SecretError when there is none, a placeholder, or others can read it."""
    file = folder / user
    try:
        text = file.read_text("ascii").strip()
        mode = file.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(
            f"no password of {user!r}: {file} cannot be read ({error}); write it there"
        ) from error
    if not text:
        raise SecretError(f"{file} is empty; write the password of {user!r} there")
    if mode & 0o077:
        raise SecretError(f"{file} can be read by others; run: chmod 600 {file}")
    _refuse_placeholder(file, user, text)
    return text


def _refuse_placeholder(file: Path, user: str, text: str) -> None:
    plain = re.sub(r"[^a-z0-9]", "", text.lower())
    if (
        plain in _PLACEHOLDERS
        or plain == re.sub(r"[^a-z0-9]", "", user)
        or text.startswith(("<", "${", "{{"))
    ):
        raise SecretError(
            f"{file} holds a placeholder, which anybody can guess; delete it, a new password is made then"
        )
