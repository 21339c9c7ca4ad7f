"""Where the page is put."""

from __future__ import annotations

import socket

import pytest

from index import UnavailableError, UsageError
from ui._serve import address, free_port


def test_a_taken_port_is_named_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"Port {taken} on 127.0.0.1 is taken") as caught:
            free_port("127.0.0.1", taken)
    assert "--port" in caught.value.hint
    assert free_port("127.0.0.1", taken) == taken, "it is free again"


def test_port_0_is_any_free_one() -> None:
    assert 1023 < free_port("127.0.0.1", 0) <= 65535


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_has_16_bits(port: int) -> None:
    with pytest.raises(UsageError, match=f"no port {port}"):
        free_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(UnavailableError, match=f"Cannot listen on {host}"):
        free_port(host, 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80/"),
        ("0.0.0.0", "http://localhost:80/"),
        ("::", "http://localhost:80/"),
        ("::1", "http://[::1]:80/"),
    ],
)
def test_the_address_is_one_a_browser_takes(host: str, url: str) -> None:
    assert address(host, 80) == url
