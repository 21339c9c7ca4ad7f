"""Putting the page on an address, until Ctrl-C."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from index import UnavailableError, UsageError
from ui._page import launch_settings

if TYPE_CHECKING:
    import gradio as gr

LOOPBACK = "127.0.0.1,localhost,::1"


def serve(
    page: gr.Blocks,
    host: str = "127.0.0.1",
    port: int = 7860,
    auth: tuple[str, str] | None = None,
    open_browser: bool = False,
) -> None:
    """Serve the page and block until interrupted; the address is printed on stderr.

    Args:
        page: From ``build_page``.
        host: Address to listen on; one beyond this machine should have ``auth``.
        port: 0 takes any free one.
        auth: User and password that the page then asks for.
        open_browser: Show the page in the browser of this machine.

    Raises:
        UnavailableError: The address is taken, or is none of this machine's.
        UsageError: The port is out of range.
    """
    port = free_port(host, port)
    _bypass_proxy()
    with _terminating():
        try:
            page.queue(default_concurrency_limit=None).launch(
                server_name=host,
                server_port=port,
                auth=auth,
                inbrowser=open_browser,
                share=False,
                quiet=True,
                show_error=False,
                ssr_mode=False,
                mcp_server=False,
                prevent_thread_lock=True,
                **launch_settings(),
            )
        except OSError as error:
            raise _taken(host, port) from error
        try:
            if auth is None and host not in {"127.0.0.1", "localhost", "::1"}:
                _say("Anyone who reaches this address can read the articles; --auth prevents it.")
            _say(f"Pullquote is on {address(host, port)} (stop it with Ctrl-C).")
            threading.Event().wait()
        except KeyboardInterrupt:
            _say("Stopped.")
        finally:
            page.close(verbose=False)


def free_port(host: str, port: int) -> int:
    """The port, or for 0 some free one, once it is known that it can be listened on.

    Raises:
        UnavailableError: It cannot.
        UsageError: It is out of range.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"There is no port {port}.", "Give --port a number up to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server does it: a port that was only just given back is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise _taken(host, port) from error
            raise UnavailableError(
                f"Cannot listen on {host}, port {port}: {error.strerror or error}.",
                "Give --host an address of this machine and --port a number above 1023.",
            ) from error
        return int(probe.getsockname()[1])


def address(host: str, port: int) -> str:
    """Where a browser on this machine finds the page."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - these mean every address of this machine
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _taken(host: str, port: int) -> UnavailableError:
    return UnavailableError(
        f"Port {port} on {host} is taken by another program.",
        "Choose another with --port, or --port 0 for any free one.",
    )


def _bypass_proxy() -> None:
    # Gradio asks its own address whether it is up, and would ask a proxy for it.
    for name in ("NO_PROXY", "no_proxy"):
        known = os.environ.get(name)
        os.environ[name] = f"{known},{LOOPBACK}" if known else LOOPBACK


@contextmanager
def _terminating() -> Iterator[None]:
    """Let SIGTERM end the page as Ctrl-C does, so that child processes are ended too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
