"""What is stored already, and what is fresh: exactly once by (source, epoch, seq)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.store import Watermark
from twin.packing import Batch


@dataclass(slots=True)
class Marks:
    """The watermarks of one plant and epoch as columns by source index."""

    seq: NDArray[np.int64]
    frames: NDArray[np.int64]
    samples: NDArray[np.int64]

    @classmethod
    def none(cls, sources: int) -> "Marks":
        """Nothing is stored yet."""
        return cls(*(np.zeros(sources, np.int64) for _ in range(3)))

    def copy(self) -> "Marks":
        """Return a copy that can be moved on without moving these."""
        return Marks(self.seq.copy(), self.frames.copy(), self.samples.copy())

    def pass_by(self, batch: Batch) -> Batch | None:
        """Count the batch's fresh frames as stored and return them, None when there are none."""
        order = np.argsort(batch.source, kind="stable")
        source, seq = batch.source[order], batch.seq[order]
        same = source[1:] == source[:-1]
        if bool((same & (seq[1:] <= seq[:-1])).any()):
            keep = self._one_by_one(batch)
        else:
            keep = batch.seq > self.seq[batch.source]
        if not keep.all():
            if not keep.any():
                return None
            batch = select(batch, keep)
        np.maximum.at(self.seq, batch.source, batch.seq)
        np.add.at(self.frames, batch.source, 1)
        np.add.at(self.samples, batch.source, batch.size)
        return batch

    def _one_by_one(self, batch: Batch) -> NDArray[np.bool_]:
        """Judge frames whose numbers do not rise: only what rises above all before it is fresh."""
        newest = self.seq.tolist()
        keep = np.zeros(len(batch), np.bool_)
        for place, (source, seq) in enumerate(zip(batch.source.tolist(), batch.seq.tolist(), strict=True)):
            if seq > newest[source]:
                newest[source] = seq
                keep[place] = True
        return keep

    def watermarks(self, epoch: int, sources: Sequence[str]) -> dict[tuple[str, int], Watermark]:
        """Return the watermark of every source that has one."""
        return {
            (source, epoch): Watermark(epoch, seq, frames, samples)
            for source, seq, frames, samples in zip(
                sources, self.seq.tolist(), self.frames.tolist(), self.samples.tolist(), strict=True
            )
            if seq
        }


def fresh_of(plant: str, batches: Sequence[Batch], stored: Mapping[tuple[str, int], Marks]) -> list[Batch]:
    """Return the batches without the frames that `stored` counts; raises KeyError for an undeclared epoch."""
    marks: dict[int, Marks] = {}
    kept = []
    for batch in batches:
        if batch.epoch not in marks:
            if (plant, batch.epoch) not in stored:
                raise KeyError(f"plant {plant}: epoch {batch.epoch} was not declared")
            marks[batch.epoch] = stored[plant, batch.epoch].copy()
        left = marks[batch.epoch].pass_by(batch)
        if left is not None:
            kept.append(left)
    return kept


def select(batch: Batch, keep: NDArray[np.bool_]) -> Batch:
    """Return the frames of a batch where `keep` is true."""
    of_sample = np.repeat(keep, batch.size)
    texts = {}
    if batch.texts:
        place = np.cumsum(of_sample) - 1
        texts = {int(place[old]): text for old, text in batch.texts.items() if of_sample[old]}
    return Batch(
        batch.epoch, batch.source[keep], batch.seq[keep], batch.time_ms[keep], batch.size[keep],
        batch.tag[of_sample], batch.sample_ms[of_sample], batch.value[of_sample], texts,
    )  # fmt: skip
