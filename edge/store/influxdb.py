"""The store on an InfluxDB 2 server: for installations that keep years, share history, or look at it with Grafana.

InfluxDB has no transactions. What the contract promises is kept in another way:

* A point is the same by measurement, tags and time, and the engine makes the same rows from the same frames. So points
  are written first, and a repeat after a failure overwrites them with the same.
* The watermarks and the engine's snapshot are one point, the *commit* of a plant and epoch, and the last request of a
  write. A single point is taken whole or not at all: watermark and snapshot cannot disagree. Whatever dies before it,
  the frames are fresh still, and the engine goes on from the snapshot that belongs to the old watermark.
* Until that repeat, points of an unfinished write can be seen by readers. They are true, only early.
* The epoch is a tag. A newer epoch tells hours anew without touching what the older one told; questions end an older
  epoch where the newer one begins.
"""

import threading
import time
from collections.abc import Callable, Sequence

import structlog

from edge.store import Event, Results, StoreUnavailable, Watermark
from edge.store.catalogue import Catalogue, Epoch
from edge.store.identity import Marks, fresh_of
from edge.store.influxdb_chart import Charts
from edge.store.influxdb_flux import equal
from edge.store.influxdb_kpi import RunningWindows
from edge.store.influxdb_lines import commit_line, declaration_line, event_line, limit_lines, whole
from edge.store.influxdb_link import InfluxLink, InfluxUnreachable
from edge.store.influxdb_load import Loaded, load
from edge.store.influxdb_reader import InfluxReader
from edge.store.influxdb_schema import Bucket
from edge.store.influxdb_setup import Layout, prepare
from edge.store.influxdb_writer import PointWriter
from edge.store.line_protocol import bodies
from twin.model.declaration import Declaration
from twin.model.frame import Sample
from twin.packing import Batch

_AGAIN_S = 2.0  # between attempts to reach a server that was not there at the start

_log = structlog.get_logger(__name__)


class InfluxStore(InfluxReader):
    """History on a server; one edge writes to the buckets of one prefix.

    A server that cannot be reached at the start is no reason not to start: `incident` says so, every call raises
    StoreUnavailable until it answers, and frames wait in the outbox. A server that refuses token or organisation is
    a mistake of the configuration: the constructor raises StoreUnavailable.
    """

    def __init__(self, link: InfluxLink, layout: Layout, clock: Callable[[], float] = time.time) -> None:
        super().__init__(link, layout)
        self.link = link
        self.incident = ""
        self._lock = threading.RLock()
        self._opening = threading.Lock()
        self._loaded: Loaded | None = None
        self._tried = -_AGAIN_S  # monotonic, the newest attempt to open
        self._why = ""
        self._closed = False
        windows, charts = RunningWindows(self._minutes), Charts(self._figures)
        self._writer = PointWriter(link, layout, windows, charts, clock)
        try:
            self._open()
        except InfluxUnreachable as error:
            self.incident = f"{error}; frames wait in the outbox until it answers"
            _log.warning("store not reachable", cause=str(error))

    # -- opening -------------------------------------------------------------------------------------------

    def _open(self) -> Loaded:
        """Prepare the server and read what is needed from it, once; raises StoreUnavailable."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if self._loaded is not None:
            return self._loaded
        if not self._opening.acquire(blocking=False):
            raise InfluxUnreachable("InfluxDB is being asked for what it holds; try again in a moment")
        try:
            if self._why and time.monotonic() - self._tried < _AGAIN_S:
                raise InfluxUnreachable(self._why)
            try:
                prepare(self._link, self._layout)
                self._loaded = load(self._rows_of, self._newest_samples)
            except StoreUnavailable as error:
                self._why = str(error)
                self._tried = time.monotonic()
                raise
            except (KeyError, ValueError) as error:
                raise StoreUnavailable(
                    f"InfluxDB bucket {self._layout.bucket(Bucket.SYSTEM)} holds what this edge cannot read ({error}); "
                    "choose another EDGE_INFLUXDB_PREFIX, or run the version that wrote it"
                ) from error
            return self._loaded
        finally:
            self._opening.release()

    @property
    def _catalogue(self) -> Catalogue:
        return self._open().catalogue

    # -- declarations --------------------------------------------------------------------------------------

    def declare(self, declaration: Declaration) -> None:
        """Remember a plant's declaration; the same epoch again is harmless, a newer epoch becomes current."""
        with self._lock:
            loaded = self._open()
            if declaration.epoch in loaded.catalogue.plants.get(declaration.plant, {}):
                return
            self._link.write(self._layout.bucket(Bucket.RESULTS), bodies(limit_lines(declaration)), "ns")
            self._commit(declaration_line(declaration))
            epoch = Epoch.of(declaration, loaded.catalogue.next_tag)
            # The marks first: readers walk over the catalogue.
            loaded.marks = {
                **loaded.marks,
                (declaration.plant, declaration.epoch): Marks.none(len(epoch.base)),
            }
            loaded.catalogue.add(declaration)

    def declarations(self) -> list[Declaration]:
        """Return the current declaration of every plant, by name."""
        return self._catalogue.declarations()

    def declaration(self, plant: str, epoch: int) -> Declaration | None:
        """Return the declaration of one epoch."""
        return self._catalogue.declaration(plant, epoch)

    # -- frames --------------------------------------------------------------------------------------------

    def fresh(self, plant: str, batches: Sequence[Batch]) -> list[Batch]:
        """Return the batches without the frames that are already stored; raises KeyError for an undeclared epoch."""
        with self._lock:
            return fresh_of(plant, batches, self._open().marks)

    def write(self, plant: str, batches: Sequence[Batch], results: Results) -> None:
        """Store fresh frames and the engine's results, then commit them with watermarks and snapshot."""
        with self._lock:
            loaded = self._open()
            epoch = loaded.catalogue.epoch_of(plant, {batch.epoch for batch in batches})
            number = epoch.declaration.epoch
            marks = loaded.marks[plant, number].copy()
            fresh = [left for batch in batches if (left := marks.pass_by(batch)) is not None]
            done = self._writer.write(epoch, fresh, results)
            if fresh or results.snapshot:
                self._commit(commit_line(plant, number, marks, results.snapshot))
            done()
            loaded.marks = {**loaded.marks, (plant, number): marks}
            for batch in fresh:
                loaded.newest.move(batch, epoch.base[batch.sample_source] + batch.tag)

    def _commit(self, point: bytes) -> None:
        self._link.commit(self._layout.bucket(Bucket.SYSTEM), point)

    def record(self, events: Sequence[Event]) -> None:
        """Append events that do not come from frames (commands, data loss)."""
        self.tell([event_line(event) for event in events])

    def tell(self, lines: Sequence[bytes]) -> None:
        """Write lines of the schema's results, times in ns, that nothing depends on; raises StoreUnavailable."""
        self._open()
        self._link.write(self._layout.bucket(Bucket.RESULTS), bodies(lines), "ns")

    # -- state ---------------------------------------------------------------------------------------------

    def watermarks(self, plant: str) -> dict[tuple[str, int], Watermark]:
        """Return the watermark of every (source, epoch)."""
        loaded = self._open()
        found: dict[tuple[str, int], Watermark] = {}
        for number, epoch in sorted(loaded.catalogue.plants.get(plant, {}).items()):
            found |= loaded.marks[plant, number].watermarks(number, epoch.declaration.sources)
        return found

    def snapshot(self, plant: str, epoch: int) -> bytes | None:
        """Return the engine's newest snapshot of an epoch, None when it has none yet."""
        self._open()
        found = self._rows_of("commit", equal(plant=plant, epoch=str(epoch)))
        try:
            return whole("snapshot", found[0]) if found else None
        except ValueError as error:
            raise StoreUnavailable(f"{error}; plant {plant}, epoch {epoch}") from error

    def last(self, paths: Sequence[str]) -> dict[str, Sample]:
        """Return the newest sample of each tag path that has one."""
        loaded = self._open()
        return loaded.newest.samples(loaded.catalogue, paths)

    def close(self) -> None:
        """Release the connections; what follows raises StoreUnavailable."""
        self._closed = True
        self._link.close()
