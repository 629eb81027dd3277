"""Two stores held against each other."""

import pytest

from edge.store import Store

HOUR = 3_600_000


def assert_equal(store: Store, model: Store, plant: str = "press") -> None:
    """Both stores answer alike."""
    (known,) = model.declarations()
    assert store.declarations() == [known]
    assert store.watermarks(plant) == model.watermarks(plant)
    far = 10**14
    for unit in known.units:
        for tag in unit.tags:
            path = f"{unit.path}/{tag.name}"
            assert store.last([path]) == model.last([path])
            if tag.kind == "text":
                assert store.texts(path, 0, far) == model.texts(path, 0, far)
            else:
                ours, theirs = store.series(path, 0, far), model.series(path, 0, far)
                assert ours.time_ms.tolist() == theirs.time_ms.tolist()
                assert ours.last.tolist() == theirs.last.tolist()
        begin = known.start_ms // HOUR * HOUR
        ours_sums = store.tally(unit.path, begin, begin + 24 * HOUR, HOUR)
        theirs_sums = model.tally(unit.path, begin, begin + 24 * HOUR, HOUR)
        assert [row.start_ms for row in ours_sums] == [row.start_ms for row in theirs_sums]
        for one, other in zip(ours_sums, theirs_sums, strict=True):
            assert dict(one.values) == pytest.approx(dict(other.values))
        assert store.intervals(unit.path, 0, far) == model.intervals(unit.path, 0, far)
        assert store.orders(unit.path, 0, far) == model.orders(unit.path, 0, far)
    key = "{0.time_ms} {0.scope} {0.kind} {0.text}".format
    assert sorted(store.events("", 0, far, 10_000), key=key) == sorted(
        model.events("", 0, far, 10_000), key=key
    )
