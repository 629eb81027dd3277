"""One seed, one plan; the plan holds what was asked for."""

from collections import Counter

import numpy as np

from tests.faultbox.plan import MIX, OPCUA, OPCUA_LINK, Fault, connection_faults, mixed_faults

NOTHING: frozenset[str] = frozenset()


def mixed(
    seed: int, count: int = 200, left_out: frozenset[str] = NOTHING, only: frozenset[str] = NOTHING
) -> list[Fault]:
    groups = mixed_faults(count, np.random.default_rng(seed), left_out, only)
    return [fault for group in groups for fault in group]


def test_one_seed_gives_one_plan_and_another_seed_another() -> None:
    assert mixed(7) == mixed(7)
    assert mixed(7) != mixed(8)


def test_every_kind_has_its_share() -> None:
    counts = Counter(fault.kind for fault in mixed(7))
    total = sum(share for _, share in MIX)
    assert sum(counts.values()) == 200
    for make, share in MIX:
        assert abs(counts[make.__name__] - 200 * share / total) <= 1, make.__name__


def test_faults_overlap_and_stand_alone() -> None:
    sizes = Counter(len(group) for group in mixed_faults(200, np.random.default_rng(7), NOTHING))
    assert sizes[1] >= 40
    assert sum(count for size, count in sizes.items() if size > 1) >= 15


def test_kinds_can_be_left_out_or_chosen() -> None:
    assert "disk_full" not in {fault.kind for fault in mixed(7, left_out=frozenset({"disk_full"}))}
    assert {fault.kind for fault in mixed(7, only=frozenset({"crash"}))} == {"crash"}


def test_connection_faults_hit_the_opcua_leg_alone() -> None:
    groups = connection_faults(50, np.random.default_rng(7))
    assert {len(group) for group in groups} == {1}
    assert {group[0].target for group in groups} == {OPCUA, OPCUA_LINK}


def test_faults_of_one_process_wait_for_each_other_and_others_do_not() -> None:
    assert Fault("kill", "edge").subject == Fault("pause", "edge").subject
    assert Fault("disk_full", "edge").subject != Fault("kill", "edge").subject
