"""Who asks: three roles, each with a token in the secrets directory; only digests of them are kept in memory."""

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from edge.api.problem import Problem
from twin.secret import SecretError, read_secret, replace_secret

WRONG = "the bearer token is not valid"
SHORTEST = 16  # characters of a token that somebody wrote by hand
_SCHEME = HTTPBearer(
    auto_error=False,
    description="content of the file `viewer`, `operator` or `admin` in the secrets directory",
)
_log = structlog.get_logger("edge.api")


class Role(IntEnum):
    """What a token lets do; each role may do what those before it may."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def user(self) -> str:
        """Name of its file in the secrets directory."""
        return self.name.lower()


USERS = tuple(role.user for role in Role)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: `name` of the role or `anonymous`, `role` None for the latter, and the `client`'s address."""

    name: str
    role: Role | None
    client: str

    def may(self, role: Role) -> bool:
        """Tell whether the caller has `role` or a higher one."""
        return self.role is not None and self.role >= role


class Tokens:
    """The tokens of the three roles; a file that is replaced or deleted counts at once, without a restart.

    Raises SecretError when a token is missing, short, a placeholder, open to others or another role's as well.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._key = secrets.token_bytes(32)
        self._stamps = self._look()
        self._digests = {role: self._digest(role) for role in Role}
        if len(set(self._digests.values())) != len(Role):
            raise SecretError(
                f"two of the files {', '.join(USERS)} in {folder} hold the same token; delete one"
            )

    def role_of(self, token: str) -> Role | None:
        """Return the role that `token` stands for; every digest is compared, in constant time."""
        given = hashlib.sha256(token.encode()).digest()
        return _matching(given, self._current())

    def badge(self, role: Role) -> str:
        """Return what shows `role` until its token is replaced or the edge ends; it tells nothing of the token."""
        return self._badge(self._current()[role])

    def role_of_badge(self, badge: str) -> Role | None:
        """Return the role that `badge` shows."""
        badges = {role: self._badge(digest).encode() for role, digest in self._current().items()}
        return _matching(badge.encode(), badges)

    def _badge(self, digest: bytes) -> str:
        return hmac.new(self._key, digest, "sha256").hexdigest()

    def _current(self) -> dict[Role, bytes]:
        with self._guard:
            stamps = self._look()
            if stamps != self._stamps:
                self._stamps = stamps
                self._digests = self._read()
            return dict(self._digests)

    def rotate(self, role: Role) -> str:
        """Give `role` a new token and return it; the old one is worth nothing from now on. Raises OSError."""
        return replace_secret(self._folder, role.user)

    def _look(self) -> list[tuple[int, int, int] | None]:
        stamps: list[tuple[int, int, int] | None] = []
        for role in Role:
            try:
                found = (self._folder / role.user).stat()
                stamps.append((found.st_mtime_ns, found.st_ino, found.st_mode))
            except OSError:
                stamps.append(None)
        return stamps

    def _digest(self, role: Role) -> bytes:
        token = read_secret(self._folder, role.user)
        if len(token) < SHORTEST:
            raise SecretError(
                f"{self._folder / role.user} is shorter than {SHORTEST} characters; delete it, a token is made then"
            )
        return hashlib.sha256(token.encode()).digest()

    def _read(self) -> dict[Role, bytes]:
        """Read what is there now; a token that cannot be used lets nobody in."""
        found: dict[Role, bytes] = {}
        for role in Role:
            try:
                found[role] = self._digest(role)
            except SecretError as error:
                _log.warning("token revoked", role=role.user, cause=str(error))
        if len(set(found.values())) != len(found):
            _log.error("tokens revoked", cause="two roles have the same token")
            return {}
        return found


def _matching(given: bytes, known: dict[Role, bytes]) -> Role | None:
    found = None
    for role, one in known.items():
        if hmac.compare_digest(given, one):
            found = role
    return found


def identify(
    tokens: Tokens, authorization: str, badge: str, client: str, *, bearer_only: bool
) -> tuple[Caller, str]:
    """Return who sent the header `authorization`, and why it counts for nothing ("" where it counts or is missing).

    Browsers cannot send a bearer token with a page: they ask for a password (Basic), which is the token, and show the
    `badge` that they were given for it on the page's channel. They send both again by themselves, on whatever page they
    are, so these let read and never write (`bearer_only`).
    """
    anonymous = Caller("anonymous", None, client)
    scheme, _, rest = authorization.partition(" ")
    if not authorization:
        shown = None if bearer_only or not badge else tokens.role_of_badge(badge)
        return (anonymous if shown is None else Caller(shown.user, shown, client)), ""
    token = rest.strip()
    if scheme.lower() == "basic" and not bearer_only:
        try:
            token = base64.b64decode(token, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return anonymous, "the authorization header cannot be read"
    elif scheme.lower() != "bearer":
        return anonymous, "the token was not sent as a bearer token"
    role = tokens.role_of(token)
    if role is None:
        return anonymous, WRONG
    return Caller(role.user, role, client), ""


def requires(role: Role) -> Callable[..., Caller]:
    """Return the dependency that gives a route its caller and lets nobody pass below `role`."""

    def check(
        request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_SCHEME)] = None
    ) -> Caller:
        caller: Caller = request.state.caller
        if not caller.may(role):
            raise refusal(caller, role, "")
        return caller

    return check


def refusal(caller: Caller, wanted: Role, cause: str) -> Problem:
    """Return the problem of a caller who may not: 401 without a valid token, 403 with one that is not enough."""
    if caller.role is None:
        return Problem(
            401,
            f"{cause or 'no bearer token was sent'}; send the content of the file `{wanted.user}` in the secrets "
            "directory",
            {"WWW-Authenticate": "Bearer"},
        )
    return Problem(
        403,
        f"the token of {caller.name} does not allow this; send that of `{wanted.user}` in the secrets directory",
    )
