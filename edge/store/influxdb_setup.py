"""What an InfluxDB server is given at the first start: buckets with their retention, tasks that thin samples."""

from dataclasses import dataclass
from typing import Any

import urllib3
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules
from influxdb_client.domain.task_create_request import TaskCreateRequest
from influxdb_client.domain.task_update_request import TaskUpdateRequest
from influxdb_client.rest import ApiException

from edge.store.influxdb_flux import quote
from edge.store.influxdb_link import InfluxLink
from edge.store.influxdb_schema import Bucket, bucket_name

_DAY_S = 86_400
# Function of Flux -> field of `rollup`.
_AGGREGATES = {"min": "low", "mean": "mean", "max": "high", "last": "last", "count": "count"}
_SPAN_H, _APART_MIN = 6, 10  # what one run folds; the tasks begin one after the other
_LATE_H = 26  # history that comes later than this is not in `rollup`


@dataclass(frozen=True, slots=True)
class Layout:
    """How an installation uses a server: the prefix of its buckets, and for how many days samples are kept (0: all)."""

    prefix: str = "factory"
    raw_days: int = 30

    def bucket(self, role: Bucket) -> str:
        """Return the name of a bucket."""
        return bucket_name(self.prefix, role)

    @property
    def late_h(self) -> int:
        """Hours for which the tasks wait for history: what they fold must still be in `raw`."""
        return _LATE_H if self.raw_days != 1 else 23 - _SPAN_H

    def task(self, field: str) -> str:
        """Name of the task that makes a field of `rollup`."""
        return f"{self.prefix} rollup {field}"


def rollup_tasks(layout: Layout, org: str) -> dict[str, str]:
    """Return the Flux of each task by its name: every hour six hours, those that are old enough to be whole.

    Windows are whole five minutes; writing them again changes nothing. A task for one field lets the storage fold each
    series as it reads it; one task for all five over 26 hours killed a server of 1 GB, with 2,800 tags.
    """
    return {
        layout.task(name): (
            'import "date"\n\n'
            f"option task = {{name: {quote(layout.task(name))}, every: 1h, offset: {2 + _APART_MIN * number}m}}\n\n"
            "hour = date.truncate(t: now(), unit: 1h)\n"
            f"stop = date.sub(d: {layout.late_h}h, from: hour)\n\n"
            f"from(bucket: {quote(layout.bucket(Bucket.RAW))})\n"
            f"  |> range(start: date.sub(d: {_SPAN_H}h, from: stop), stop: stop)\n"
            '  |> filter(fn: (r) => r._measurement == "sample" and r._field == "value")\n'
            f'  |> aggregateWindow(every: 5m, fn: {function}, createEmpty: false, timeSrc: "_start")\n'
            f'  |> set(key: "_field", value: "{name}")\n  |> set(key: "_measurement", value: "rollup")\n'
            f"  |> to(bucket: {quote(layout.bucket(Bucket.ROLLUP))}, org: {quote(org)})\n"
        )
        for number, (function, name) in enumerate(_AGGREGATES.items())
    }


def prepare(link: InfluxLink, layout: Layout) -> None:
    """Make or correct buckets and tasks; harmless when all is as it should be. Raises StoreUnavailable."""
    try:
        for role in Bucket:
            _prepare_bucket(link, layout.bucket(role), layout.raw_days * _DAY_S if role is Bucket.RAW else 0)
        _prepare_tasks(link, layout)
    except (InfluxDBError, urllib3.exceptions.HTTPError, OSError) as error:
        raise link.unavailable(error, f"buckets {layout.prefix}_… cannot be prepared") from error


def _find_bucket(link: InfluxLink, name: str) -> Any:
    try:
        found = link.client.buckets_api().find_buckets(name=name, org=link.address.org).buckets
    except ApiException as error:
        if error.status != 404:
            raise
        return None
    return found[0] if found else None


def _prepare_bucket(link: InfluxLink, name: str, keep_s: int) -> None:
    buckets = link.client.buckets_api()
    found = _find_bucket(link, name)
    rules = [BucketRetentionRules(type="expire", every_seconds=keep_s)] if keep_s else []
    if found is None:
        buckets.create_bucket(bucket_name=name, retention_rules=rules, org=link.address.org)
    elif [rule.every_seconds for rule in found.retention_rules or () if rule.every_seconds] != (
        [keep_s] if keep_s else []
    ):
        found.retention_rules = rules or [BucketRetentionRules(type="expire", every_seconds=0)]
        buckets.update_bucket(found)


def _prepare_tasks(link: InfluxLink, layout: Layout) -> None:
    tasks = link.client.tasks_api()
    for name, flux in rollup_tasks(layout, link.address.org).items():
        found = [task for task in tasks.find_tasks(name=name) or () if task.name == name]
        if not found:
            request = TaskCreateRequest(org=link.address.org, flux=flux, status="active")
            tasks.create_task(task_create_request=request)
        elif found[0].flux != flux:
            tasks.update_task_request(found[0].id, TaskUpdateRequest(flux=flux))


def remove(link: InfluxLink, layout: Layout) -> None:
    """Delete buckets and tasks with all that is in them: for tests on a server that is used for other things too."""
    tasks, buckets = link.client.tasks_api(), link.client.buckets_api()
    for name in rollup_tasks(layout, link.address.org):
        for task in tasks.find_tasks(name=name) or ():
            tasks.delete_task(task.id)
    for role in Bucket:
        found = _find_bucket(link, layout.bucket(role))
        if found is not None:
            buckets.delete_bucket(found)
