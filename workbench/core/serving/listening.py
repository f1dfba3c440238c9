"""The socket, and the server on it, until somebody ends it."""

from __future__ import annotations

import ipaddress
import signal
import socket
from asyncio import Transport
from collections.abc import Callable

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from workbench.core.bundle import ModelFile
from workbench.core.problems import N_, ProblemKind, WorkbenchError
from workbench.core.serving.application import application
from workbench.core.serving.limits import Limits

CANNOT_LISTEN = ProblemKind(
    "cannot-listen",
    "error",
    N_("The service cannot listen on {host}, port {port}: {reason}."),
    N_("Choose another port, or 0 for any that is free."),
)
HEADER_S = 10.0
"""How often a connection is looked at; one without a whole header twice in turn is closed."""


class _Punctual(H11Protocol):
    """Close connections of those who never come to the point: uvicorn waits for the end of a header for ever."""

    _waited = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._later()

    def _later(self) -> None:
        self.loop.call_later(HEADER_S, self._hurry)

    def _hurry(self) -> None:
        waits = self.conn.their_state is h11.IDLE
        if waits and self._waited:
            self.transport.close()
        elif not self.transport.is_closing():
            self._waited = waits
            self._later()


def is_loopback(host: str) -> bool:
    """Tell whether only this computer can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens, and nobody else on its address.

    Raises
    ------
    WorkbenchError
        ``cannot-listen``.
    """
    try:
        kind, _type, _proto, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(kind, socket.SOCK_STREAM)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
            found.listen()  # who asks as soon as the address is told waits, and is not turned away
        except OSError:
            found.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise WorkbenchError(CANNOT_LISTEN, host=host, port=port, reason=reason) from None
    return found


def serve(model: ModelFile, listening: socket.socket, host: str, limits: Limits, ready: Callable[[str], None]) -> None:
    """Answer until SIGINT or SIGTERM; `ready` hears the address. Connections that are open get three seconds."""
    name, port = listening.getsockname()[:2]
    hosts = frozenset({"localhost", "127.0.0.1", "::1", host}) if is_loopback(host) else None
    shown = f"[{name}]" if ":" in name else name
    config = uvicorn.Config(
        application(model, limits, hosts),
        http=_Punctual,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=4 * limits.requests,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=3,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn hands signals on when it has ended
    ready(f"http://{shown}:{port}")
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        return
    finally:
        listening.close()
