"""A token for others: it reads the buckets of one layout and can do nothing else."""

from pathlib import Path

import urllib3
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.domain.authorization import Authorization
from influxdb_client.domain.permission import Permission
from influxdb_client.domain.permission_resource import PermissionResource

from edge.store import StoreUnavailable
from edge.store.influxdb_link import Address, InfluxLink, InfluxUnreachable
from edge.store.influxdb_schema import Bucket
from edge.store.influxdb_setup import Layout, prepare
from edge.store.refused import Refused
from twin.private_file import write_private


def keep_token(file: Path, master: Address, layout: Layout) -> bool:
    """See to it that `file` holds a token that reads the layout's buckets; return whether it had to be made.

    `master` may make tokens. A server keeps no token that it could show again: what is lost is made anew, and the one
    before it is taken back. Raises StoreUnavailable, OSError.
    """
    if file.exists():
        held = file.read_text("ascii", errors="replace").strip()
        if held and _reads(Address(master.url, master.org, held), layout):
            return False
    link = InfluxLink(master, Refused(file.with_name(f"{file.name}.refused")))
    try:
        prepare(link, layout)
        write_private(file, _made(link, layout).encode())
    finally:
        link.close()
    return True


def _reads(address: Address, layout: Layout) -> bool:
    """Tell whether a token reads every bucket; raises InfluxUnreachable."""
    link = InfluxLink(address, Refused(Path("nothing-is-written")))
    try:
        for role in Bucket:
            link.ask(f'from(bucket: "{layout.bucket(role)}")\n  |> range(start: -1m)\n  |> limit(n: 1)')
    except InfluxUnreachable:
        raise
    except StoreUnavailable:
        return False
    finally:
        link.close()
    return True


def _made(link: InfluxLink, layout: Layout) -> str:
    name = f"{layout.prefix}: dashboards, read only"
    try:
        buckets = link.client.buckets_api()
        known = link.client.authorizations_api()
        for one in known.find_authorizations() or ():
            if one.description == name:
                known.delete_authorization(one)
        found = [buckets.find_bucket_by_name(layout.bucket(role)) for role in Bucket]
        permissions = [
            Permission(
                action="read", resource=PermissionResource(type="buckets", id=bucket.id, org_id=bucket.org_id)
            )
            for bucket in found
        ]
        asked = Authorization(
            org_id=found[0].org_id, permissions=permissions, description=name, status="active"
        )
        return str(known.create_authorization(authorization=asked).token)
    except (InfluxDBError, urllib3.exceptions.HTTPError, OSError) as error:
        raise link.unavailable(error, "a token that only reads cannot be made") from error
