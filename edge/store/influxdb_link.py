"""The way to an InfluxDB 2 server: influxdb-client as transport only, with our own answer to every way it can fail."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import cast

import structlog
import urllib3
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException

from edge.store import StoreUnavailable
from edge.store.influxdb_flux import Row, rows
from edge.store.refused import Refused

_SPLITS = 128  # requests that one body may cost while the refused lines are searched
_LONGEST_PAUSE_S = 60.0
_PAUSE_S = 1.0  # where the server names none
_DROPPED = re.compile(r"(\d+) points? outside|dropped[= ](\d+)")

_log = structlog.get_logger(__name__)


class InfluxUnreachable(StoreUnavailable):
    """The server does not answer, or cannot now: the same request may succeed later."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is; `token` may read and write the buckets, and at the first start make them."""

    url: str
    org: str
    token: str


class InfluxLink:
    """Synchronous writes and questions; thread-safe. The client neither retries nor batches.

    What the server refuses for good goes to `refused`. `expired` counts points older than a bucket's retention.
    """

    def __init__(self, address: Address, refused: Refused, *, timeout_s: float = 10.0) -> None:
        self.address = address
        self.refused = refused
        self.expired = 0
        self.client = InfluxDBClient(
            url=address.url,
            token=address.token,
            org=address.org,
            timeout=round(timeout_s * 1000),
            retries=False,
        )
        self._writer = self.client.write_api(write_options=SYNCHRONOUS)
        self._asker = self.client.query_api()
        self._not_before = 0.0  # monotonic: the server asked to wait until then

    def close(self) -> None:
        """Release the connections."""
        self._writer.close()
        self.client.close()

    # -- writing -------------------------------------------------------------------------------------------

    def write(self, bucket: str, bodies: Iterable[bytes], precision: str) -> None:
        """Write bodies of line protocol in order; `precision` is ms or ns.

        When it returns, each point is stored, expired or in quarantine. Raises StoreUnavailable otherwise.
        """
        for body in bodies:
            self._put(bucket, body, precision, [_SPLITS])

    def commit(self, bucket: str, point: bytes) -> None:
        """Write a point, time in ns, without which what was written before does not count; raises StoreUnavailable."""
        reason = self._post(bucket, point, "ns")
        if reason:
            raise StoreUnavailable(
                f"InfluxDB at {self.address.url} refuses a point of bucket {bucket} ({reason}); "
                "was the bucket written by another program?"
            )

    def _put(self, bucket: str, body: bytes, precision: str, splits: list[int]) -> None:
        """Write a body, halved until only the refused lines are left, or `splits` requests are spent."""
        splits[0] -= 1
        reason = self._post(bucket, body, precision)
        if not reason:
            return
        if b"\n" not in body or splits[0] <= 0:
            self.refused.keep(bucket, reason, body)
            return
        lines = body.split(b"\n")
        half = len(lines) // 2
        # Points of the body that were taken are written again: a point is the same by measurement, tags and time.
        self._put(bucket, b"\n".join(lines[:half]), precision, splits)
        self._put(bucket, b"\n".join(lines[half:]), precision, splits)

    def _post(self, bucket: str, body: bytes, precision: str) -> str:
        """Send one request; return why the server takes the body only in part or not at all, "" when it took it."""
        self._wait_as_asked()
        try:
            self._writer.write(bucket=bucket, record=body, write_precision=cast(WritePrecision, precision))
        except ApiException as error:
            reason = _reason(error)
            if error.status == 422 and "retention policy" in reason:
                found = _DROPPED.search(reason)
                self.expired += int(found[1] or found[2]) if found else 1
                return ""
            if error.status in (400, 413, 422):
                return reason
            raise self.unavailable(error, f"bucket {bucket} cannot be written") from error
        except (
            urllib3.exceptions.HTTPError,
            OSError,
            ValueError,
        ) as error:  # the last: an answer that is no UTF-8
            raise self.unavailable(error, f"bucket {bucket} cannot be written") from error
        return ""

    # -- asking --------------------------------------------------------------------------------------------

    def ask(self, flux: str) -> list[Row]:
        """Return the rows that answer a question; raises StoreUnavailable."""
        self._wait_as_asked()
        try:
            response = self._asker.query_raw(flux)
            try:
                return list(rows(response.data.decode()))
            finally:
                response.release_conn()
        except (ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self.unavailable(error, "history cannot be read") from error
        except ValueError as error:
            raise InfluxUnreachable(
                f"InfluxDB at {self.address.url} answered a question with an error ({error}); see the server's log"
            ) from error

    # -- failures ------------------------------------------------------------------------------------------

    def _wait_as_asked(self) -> None:
        left = self._not_before - time.monotonic()
        if left > 0:
            raise InfluxUnreachable(
                f"InfluxDB at {self.address.url} asked to be left alone for {left:.0f} s more; it has too much to do"
            )

    def unavailable(self, error: Exception, what: str) -> StoreUnavailable:
        """Return what to raise for a failure of the client; `what` is what could not be done."""
        where = f"InfluxDB at {self.address.url}: {what}"
        if isinstance(error, InfluxDBError) and not isinstance(error, ApiException):
            return StoreUnavailable(f"{where} ({error}); check EDGE_INFLUXDB_ORG and the rights of the token")
        if not isinstance(error, ApiException) or not error.status:
            cause = " ".join(str(error).split())
            return InfluxUnreachable(f"{where} ({cause}); check that the server runs and answers there")
        reason = _reason(error)
        match error.status:
            case 401 | 403:
                return StoreUnavailable(
                    f"{where}: the token is refused ({reason}); put one that may read and write the buckets into the "
                    "file `influxdb` of the secrets directory"
                )
            case 404:
                return StoreUnavailable(
                    f"{where}: not found ({reason}); check EDGE_INFLUXDB_ORG and that the buckets exist; "
                    "a start of the edge makes them anew"
                )
            case 429 | 503:
                self._pause(error)
                return InfluxUnreachable(f"{where} now ({error.status} {reason}); the write is repeated")
            case status if status >= 500:
                return InfluxUnreachable(f"{where} ({status} {reason}); see the server's log")
            case status:
                return StoreUnavailable(f"{where} ({status} {reason}); is this an InfluxDB 2 server?")

    def _pause(self, error: ApiException) -> None:
        asked = str(error.headers.get("Retry-After", "")) if error.headers else ""
        seconds = retry_after(asked, time.time())
        self._not_before = time.monotonic() + min(_PAUSE_S if seconds is None else seconds, _LONGEST_PAUSE_S)


def retry_after(asked: str, now: float) -> float | None:
    """Return the seconds for which `Retry-After` asks at Unix time `now`: a number or a date (RFC 9110, 10.2.3).

    None for what is neither.

    >>> retry_after("120", 0.0), retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 20.0), retry_after("soon", 0.0)
    (120.0, 40.0, None)
    """
    asked = asked.strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return None
    if moment.tzinfo is None:  # "-0000": UTC, of no known place
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)


def _reason(error: ApiException) -> str:
    text = error.message or error.body or error.reason or ""
    return " ".join((text.decode(errors="replace") if isinstance(text, bytes) else str(text)).split())[:500]
