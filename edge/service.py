"""The edge as one running thing: links, outbox, pipeline, store, API and pages, started and ended together."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Mapping
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI

from edge.api.access import USERS, Tokens
from edge.api.application import application
from edge.api.dispatch import Dispatch
from edge.api.query import Query
from edge.audit import Audit
from edge.comparison import Comparisons
from edge.data_lock import DataLock
from edge.desk import Desk
from edge.engine import Engine
from edge.health import Health
from edge.health_history import HealthHistory
from edge.loop_modes import LoopModes
from edge.loops import Loops
from edge.measured import Measured
from edge.metrics import Metrics
from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.quarantine import REFUSED_FILE, Quarantine
from edge.remaining_life import RemainingLife
from edge.settings import Settings
from edge.sources import Sources
from edge.store.duckdb import DuckDbStore
from edge.training.drills import Drills
from edge.training.schedule import Schedule
from edge.training.veil import VeiledStore
from edge.unit_history import UnitHistory
from edge.upkeep import AUDIT_FILE, DRILLS_FILE, OUTBOX_FILE, STORE_FILE, Upkeep
from edge.web import pages
from edge.web.board import Boards
from twin.model.declaration import Declaration
from twin.secret import make_secrets, read_secret

if TYPE_CHECKING:
    from edge.store.influxdb import InfluxStore

_log = structlog.get_logger(__name__)


class ServiceError(RuntimeError):
    """The edge cannot start; the text names what stands in the way and the remedy."""


def version() -> str:
    """Return the installed version."""
    try:
        return version_of("smart-factory-twin")
    except PackageNotFoundError:
        return "0 (not installed)"


def engine(declaration: Declaration, snapshot: bytes | None) -> Engine:
    """Return the plant's engine where its snapshot left off; a snapshot that cannot be read begins anew."""
    if snapshot is None:
        return Engine(declaration)
    try:
        return Engine.restore(snapshot, declaration)
    except ValueError as error:
        _log.error("engine begins anew", plant=declaration.plant, cause=str(error))
        return Engine(declaration)


def open_store(settings: Settings) -> "DuckDbStore | InfluxStore":
    """Open the store that the settings name.

    Raises ServiceError for a setting that is missing, SecretError for a token, StoreUnavailable.
    """
    if settings.store == "duckdb":
        return DuckDbStore(
            settings.data / STORE_FILE,
            memory_limit=f"{settings.store_memory_mb}MB",
            question_s=settings.max_question_s,
        )
    # Only here: influxdb-client takes longer to import than all the rest.
    from edge.store.influxdb import InfluxStore
    from edge.store.influxdb_link import Address, InfluxLink
    from edge.store.influxdb_setup import Layout
    from edge.store.refused import Refused

    for name in ("influxdb_url", "influxdb_org"):
        if not getattr(settings, name):
            raise ServiceError(f"the store is influxdb, but {name} is not set; give EDGE_{name.upper()}")
    token = read_secret(settings.secrets, "influxdb")
    address = Address(settings.influxdb_url, settings.influxdb_org, token)
    link = InfluxLink(address, Refused(settings.data / REFUSED_FILE))
    return InfluxStore(link, Layout(settings.influxdb_prefix, settings.influxdb_raw_days))


class Service:
    """Everything between the plants' addresses and `app`, the ASGI application.

    Files are opened by the constructor, so that what is wrong with them is told before anything listens; links and
    pipeline run between the application's start and shutdown.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
            self.new_tokens = make_secrets(settings.secrets, USERS)
        except OSError as error:
            raise ServiceError(
                f"{error.filename}: {error.strerror}; give --data and --secrets writable folders"
            ) from error
        tokens = Tokens(settings.secrets)
        with contextlib.ExitStack() as opened:
            opened.callback(DataLock(settings.data).release)
            try:
                self.audit = Audit(settings.data / AUDIT_FILE)
            except sqlite3.Error as error:
                raise ServiceError(
                    f"{settings.data / AUDIT_FILE}: {error}; give --data a folder that this edge alone writes to"
                ) from error
            opened.callback(self.audit.close)
            try:
                self.drills = Drills(settings.data / DRILLS_FILE)
            except sqlite3.Error as error:
                raise ServiceError(
                    f"{settings.data / DRILLS_FILE}: {error}; give --data a folder that this edge alone writes to"
                ) from error
            opened.callback(self.drills.close)
            self.outbox = Outbox(settings.data / OUTBOX_FILE)
            opened.callback(self.outbox.close)
            self.store = open_store(settings)
            opened.callback(self.store.close)
            self.sources = Sources(settings, self.outbox)
            self._opened = opened.pop_all()
        self.metrics = Metrics()
        self.pipeline = Pipeline(self.outbox, self.store, engine, self.metrics)
        self.closing = asyncio.Event()
        self._open = True
        self.query = Query(
            VeiledStore(self.store, self.drills.hidden), self.sources.statuses, utc_offset=settings.utc_offset,
            max_points=settings.max_points,
        )  # fmt: skip
        dispatch = Dispatch(self.query, self.sources.links, self.audit)
        self.loops = Loops(
            self.store,
            LoopModes(settings.data / "loops.json"),
            dispatch.refusal,
            clock_ms=self.query.clock_ms,
        )
        self.life = RemainingLife(self.query.store, self.loops)
        self.schedule = Schedule(
            self.drills, self.store.declarations, dispatch.refusal, self.store.record,
            clock_ms=self.query.clock_ms,
        )  # fmt: skip
        refused = None if isinstance(self.store, DuckDbStore) else self.store.link.refused
        self.quarantine = Quarantine(self.outbox, settings.data, refused)
        self.health = Health(
            self.query, self.outbox, self.pipeline, self.quarantine, settings.data, checks=self.checks,
            brokers=self.sources.brokers, lost=self._lost_points,
        )  # fmt: skip
        self.desk = Desk(settings.data, Upkeep(settings.data, self.outbox, self.quarantine, self.store))
        self.comparisons = Comparisons(settings.data / "comparisons")
        measured = Measured(settings.data / "survey")
        self.app = application(
            self.query, self.sources.links, dispatch, self.loops, self.comparisons, self.schedule, tokens=tokens,
            open_reading=settings.local,
            version=version(),
            closing=self.closing, checks=self.checks, counters=self._counters,
            registries=(self.metrics.registry,), health=self.health.report,
            max_range_days=settings.max_range_days, lifespan=self._lifespan, measured=measured,
        )  # fmt: skip
        pages.install(
            self.app,
            Boards(self.query),
            self.loops,
            self.life,
            self.comparisons,
            self.drills,
            self.health.report,
            measured=measured,
            audit=self.audit,
            utc_offset=settings.utc_offset,
        )

    # -- what the API asks ---------------------------------------------------------------------------------

    def checks(self) -> Mapping[str, str]:
        """Tell of store, outbox and pipeline what is wrong with each, "" when it works."""
        store = ""
        try:
            self.store.declarations()
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the reason)
            store = str(error) or type(error).__name__
        pipeline = self.pipeline.trouble or ("" if self.pipeline.alive else "the pipeline's thread has ended")
        return {"store": store, "outbox": self.outbox.trouble, "pipeline": pipeline}

    def _counters(self) -> Mapping[str, float]:
        return {**self.metrics.values(self.outbox), "messages_ignored": float(self.sources.ignored())}

    def _lost_points(self) -> Mapping[str, int]:
        """Count the points that the store was given and did not take, by reason."""
        if isinstance(self.store, DuckDbStore):
            return {}
        link = self.store.link
        return {"refused_by_store": link.refused.count, "older_than_retention": link.expired}

    # -- life ----------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        incidents = (
            self.outbox.incident,
            self.store.incident,
            self.loops.modes.incident,
            self.audit.incident,
            self.drills.incident,
        )
        for incident in incidents:
            if incident:
                _log.error("incident at start", cause=incident)
        self.pipeline.start()
        tasks = [asyncio.create_task(one.run(), name=one.status.address) for one in self.sources.runners()]
        for name, work in (
            ("loops", self.loops), ("schedule", self.schedule), ("lateness", self.health.lateness),
            ("desk", self.desk),
        ):  # fmt: skip
            tasks.append(asyncio.create_task(work.run(), name=name))
        if not isinstance(self.store, DuckDbStore):
            health = HealthHistory(self.store, self.health.report)
            units = UnitHistory(self.store, self.life.conditions, self.store.tell)
            tasks.append(asyncio.create_task(health.run(), name="health history"))
            tasks.append(asyncio.create_task(units.run(), name="unit history"))
        for task in tasks:
            task.add_done_callback(_tell_end)
        _log.info("edge runs", sources=list(self.settings.source), data=str(self.settings.data))
        try:
            yield
        finally:
            self.closing.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, self.comparisons.close(), return_exceptions=True)
            await asyncio.to_thread(self.close)
            _log.info("edge ended")

    def close(self) -> None:
        """Stop the pipeline and release the files; harmless when done already."""
        if self._open:
            self._open = False
            self.pipeline.stop()
            self._opened.close()


def _tell_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("link ended", address=task.get_name(), error=repr(error), exc_info=error)
