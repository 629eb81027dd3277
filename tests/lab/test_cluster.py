"""Work goes over machines in the order in which it is given, and a cluster that is not there is named."""

import sys
from pathlib import Path

import pytest

from twin.discovery import discover
from twin.lab.cluster import ClusterError, spread_over
from twin.lab.survey import plan, run


def test_missing_dask_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'smart-factory-twin\[cluster\]'"):
        next(spread_over("tcp://127.0.0.1:1", print, []))


def test_scheduler_that_does_not_answer_is_named() -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: extra cluster")
    with pytest.raises(
        ClusterError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9 .*dask worker tcp://"
    ):
        next(spread_over("tcp://127.0.0.1:9", print, [], patience=0.5))


def test_cluster_gives_what_this_machine_gives() -> None:
    """A scheduler and a worker of their own, on loopback, find the same figures."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: extra cluster")
    bench = discover(Path(__file__).parents[1] / "toy_upgrades", package="no_such_package")["bench"]()
    survey = plan([bench], 3, days=0.05, warmup_days=0.0)
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        dashboard_address=None,
        protocol="tcp",
        host="127.0.0.1",
    ) as cluster:
        there = {
            one.project.number: one.after for one in run(survey, {}, scheduler=cluster.scheduler_address)
        }
    here = {one.project.number: one.after for one in run(survey, {}, jobs=1)}
    assert repr(sorted(there)) == repr(sorted(here)) == "[1, 2, 3]"
    assert all(repr(there[number]) == repr(here[number]) for number in here)
