"""Passwords of the users of one installation: made once, kept in files that only their owner reads."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path


class SecretError(ValueError):
    """A password that is missing or open to others; the text names file, cause and remedy."""


def make_secrets(folder: Path, users: Iterable[str]) -> None:
    """Give each of `users` a password file in `folder` (0700, files 0600) unless it has one; raises SecretError."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
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
                file.chmod(0o600)
                continue
        new = folder / f".{user}.{os.getpid()}"
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(24))
        new.replace(file)


def read_secret(folder: Path, user: str) -> str:
    """Return the password of `user`; raises SecretError when there is none or others can read it."""
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
    return text
