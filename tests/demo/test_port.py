"""Ports: what listens is taken, and what was promised to one demo no other one chooses."""

import socket

from twin.demo.port import LOOPBACK, Ports, choose_port

START = 26_400


def test_port_with_a_listener_is_passed_over() -> None:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        taken = listener.getsockname()[1]
        assert choose_port(taken) > taken


def test_promised_port_is_nobody_elses_until_released() -> None:
    one, other = Ports(), Ports()
    port = one.choose(START)
    assert port in one
    second = other.choose(port)
    assert second > port
    one.release()
    other.release()
    again = Ports()
    assert again.choose(port) == port
    again.release()


def test_same_demo_gets_different_ports_for_different_programs() -> None:
    ports = Ports()
    assert len({ports.choose(START) for _ in range(3)}) == 3
    ports.release()
