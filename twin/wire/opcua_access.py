"""Who may do what on a plant's OPC UA server: users and rights."""

# asyncua's annotations name its own integer and text types and its modules re-export implicitly.
# mypy: disable-error-code="arg-type, attr-defined"

import contextvars
import hmac
from typing import Any

from asyncua import ua
from asyncua.crypto.permission_rules import SimpleRoleRuleset, User, UserRole
from asyncua.server.internal_server import InternalServer
from asyncua.server.user_managers import UserManager

EDGE = "edge"
_READING = (
    "CreateSession", "CloseSession", "ActivateSession", "Read", "HistoryRead", "Browse", "GetEndpoints", "FindServers",
    "TranslateBrowsePathsToNodeIds", "CreateSubscription", "ModifySubscription", "DeleteSubscriptions",
    "CreateMonitoredItems", "ModifyMonitoredItems", "DeleteMonitoredItems", "Publish", "Republish",
    "CloseSecureChannel", "SetMonitoringMode", "SetPublishingMode", "RegisterNodes", "UnregisterNodes",
)  # fmt: skip
caller: contextvars.ContextVar[User | None] = contextvars.ContextVar("caller", default=None)


def caller_is_edge() -> bool:
    """Tell whether the method call under way comes from the user `edge`."""
    user = caller.get()
    return user is not None and is_edge(user)


def is_edge(user: User) -> bool:
    """Tell whether this is the user `edge`."""
    return user.role is UserRole.User and user.name == EDGE


class Rights(SimpleRoleRuleset):
    """Everybody who is let in may read; `edge` may also call methods; nobody may write, add or delete."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        reading = {request(name) for name in _READING}
        self._permission_dict = {
            UserRole.Admin: set(),
            UserRole.Anonymous: reading,
            UserRole.User: reading | {request("Call")},
        }


def request(service: str) -> ua.NodeId:
    """Return the NodeId by which a message says that it asks for `service`."""
    return ua.NodeId(getattr(ua.ObjectIds, f"{service}Request_Encoding_DefaultBinary"))


class Users(UserManager):
    """The user `edge` with its password, and anonymous readers where they are allowed."""

    def __init__(self, password: str, *, anonymous: bool) -> None:
        self._password = password
        self._anonymous = anonymous

    def get_user(
        self,
        iserver: InternalServer,
        username: str | None = None,
        password: Any = None,
        certificate: Any = None,
    ) -> User | None:
        """Return who this is, None for nobody."""
        if username is None:
            return User(role=UserRole.Anonymous) if self._anonymous else None
        given = password if isinstance(password, bytes) else str(password or "").encode(errors="replace")
        if username == EDGE and hmac.compare_digest(given, self._password.encode()):
            return User(role=UserRole.User, name=EDGE)
        return None
