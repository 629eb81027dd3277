"""Many visitors at once: all see the plant move on, and the edge goes on answering."""

import asyncio

import httpx
import pytest

from tests.pages.crowd import crowd
from tests.pages.site import Site

pytestmark = [
    pytest.mark.chromium, pytest.mark.xdist_group("pages"), pytest.mark.asyncio, pytest.mark.timeout(300),
]  # fmt: skip

VISITORS = 200
PATHS = ["/", "/plants/toy_line", "/health", "/gains"]


async def test_two_hundred_visitors_follow_the_plant(site: Site) -> None:
    """Every open page of a plant gets the new values; the API answers meanwhile; who leaves is forgotten."""
    visitors = await crowd(site.url, [PATHS[number % len(PATHS)] for number in range(VISITORS)])
    try:
        assert all(visitor.connected for visitor in visitors)
        following = [visitor for visitor in visitors if visitor.path in ("/", "/plants/toy_line")]
        await asyncio.sleep(3)  # what a page says of its first second
        before = [visitor.updates for visitor in following]
        site.filler.fill(1)
        async with asyncio.timeout(200), httpx.AsyncClient(trust_env=False, timeout=20) as http:
            while any(visitor.updates == count for visitor, count in zip(following, before, strict=True)):
                assert (await http.get(f"{site.url}/api/v1/status")).status_code == 200
                await asyncio.sleep(0.2)
        assert all(visitor.connected for visitor in visitors)
    finally:
        await asyncio.gather(*(visitor.close() for visitor in visitors))
