"""The application: four addresses, and the same form of refusal for all that is not answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from workbench import __version__
from workbench.core.bundle import ModelFile
from workbench.core.handover import about, settings_of
from workbench.core.problems import WorkbenchError
from workbench.core.reuse import pair_of
from workbench.core.serving.answer import Answer, Kind, Note, Posted, Refusal, answer
from workbench.core.serving.limits import (
    AT_CAPACITY,
    BAD_QUERY,
    BODY_TOO_LARGE,
    MEDIA_TYPE,
    NO_ADDRESS,
    OTHER_HOST,
    STATUS,
    TOO_LONG,
    TOO_SLOW,
    Limits,
)
from workbench.core.serving.page import page

KINDS: dict[str, Kind] = {"text/csv": "csv", "application/json": "json"}
LONGEST_COLUMN = 1_000
MOST_MAPPED = 1_000
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": text}
    for status, text in {
        400: "no JSON, or a wrong query", 408: "the request came too slowly", 413: "too large, or too many rows",
        415: "another type of content", 422: "the rows cannot be forecast; says why, and what to do",
        503: "too many requests at once, or the forecast took too long",
    }.items()
}  # fmt: skip
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string", "description": "a table with a header, oldest row first"}},
            "application/json": {
                "schema": {"description": "a list of records, or an object of columns: {“load”: [1, 2, 3]}"}
            },
        },
    }
}


class _Desk:
    """Where requests are taken in and answered: at most so many at once, each within its time."""

    def __init__(self, model: ModelFile, limits: Limits) -> None:
        self.model, self.limits = model, limits
        self.closing = False
        self._there = 0
        self._pool = ThreadPoolExecutor(limits.workers, "forecast")

    def close(self) -> None:
        """Let what is being computed end; what only waits is given up."""
        self.closing = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def answered(self, request: Request, steps: int | None, columns: dict[str, str]) -> Answer:
        """Read the body of `request` and forecast."""
        if self._there >= self.limits.requests:
            raise WorkbenchError(AT_CAPACITY, most=self.limits.requests)
        self._there += 1
        try:
            kind = _kind(request)
            return await self._computed(Posted(await self._body(request), kind, steps, columns))
        finally:
            self._there -= 1

    async def _body(self, request: Request) -> bytes:
        most, found = self.limits.body_bytes, bytearray()
        too_large = WorkbenchError(BODY_TOO_LARGE, most=most, rows=self.model.bundle.project.data.window)
        if int(request.headers.get("content-length", "0")) > most:
            raise too_large
        try:
            async with asyncio.timeout(self.limits.seconds):
                async for piece in request.stream():
                    found += piece
                    if len(found) > most:
                        raise too_large
        except TimeoutError:
            raise WorkbenchError(TOO_SLOW, seconds=self.limits.seconds) from None
        return bytes(found)

    async def _computed(self, posted: Posted) -> Answer:
        end = time.monotonic() + self.limits.seconds
        job = self._pool.submit(answer, self.model, posted, self.limits, lambda: self.closing or time.monotonic() > end)
        try:
            async with asyncio.timeout(self.limits.seconds):
                return await asyncio.wrap_future(job)
        except TimeoutError:
            raise WorkbenchError(TOO_LONG, seconds=self.limits.seconds) from None


def application(model: ModelFile, limits: Limits, hosts: frozenset[str] | None) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    hosts
        Names by which it may be asked: without them any page that a browser shows could be made to ask it, under a
        name of its own that means this computer. None lets any name pass.
    """
    desk = _Desk(model, limits)

    @asynccontextmanager
    async def closing(_app: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="Sequence Workbench",
        version=__version__,
        summary=f"Forecasts of {model.name}",
        description=about(model.bundle),
        docs_url=None,
        redoc_url=None,
        lifespan=closing,
    )
    _guarded(app, hosts)
    _refusing(app)
    _answering(app, desk)
    return app


def _answering(app: FastAPI, desk: _Desk) -> None:
    @app.get("/health")
    async def health() -> dict[str, str]:
        """Say that the service is there, of which version, and with which model."""
        return {"status": "ok", "version": __version__, "fingerprint": desk.model.fingerprint}

    @app.get("/model")
    async def card() -> dict[str, Any]:
        """Say what the model reads and gives, what it was trained on, and how it scored then."""
        facts = desk.model.bundle.facts
        scores = [score.model_dump() for score in facts.scores]
        return settings_of(desk.model.bundle) | {"use": about(desk.model.bundle), "scores": scores}

    @app.post("/forecast", responses=REFUSALS, openapi_extra=BODY)
    async def forecast(
        request: Request,
        steps: Annotated[int | None, Query(ge=1, description="how many; by default the model's horizon")] = None,
        columns: Annotated[
            list[str] | None,
            Query(
                alias="map",
                max_length=MOST_MAPPED,
                description="MODEL=FILE: the model's column MODEL is called FILE in the rows; may be given several "
                "times; by default columns are matched by name",
            ),
        ] = None,
    ) -> Answer:
        """Forecast what follows the last row sent."""
        return await desk.answered(request, steps, _mapped(columns or []))

    @app.get("/", include_in_schema=False)
    async def described() -> HTMLResponse:
        """Show what can be asked."""
        return HTMLResponse(page(app.openapi(), desk.model.bundle))


def _guarded(app: FastAPI, hosts: frozenset[str] | None) -> None:
    @app.middleware("http")
    async def guard(request: Request, then: Callable[[Request], Awaitable[Response]]) -> Response:
        host = request.headers.get("host", "")
        if hosts is not None and _name_of(host) not in hosts:
            return _refused(WorkbenchError(OTHER_HOST, host=host))
        found = await then(request)
        found.headers.update(HEADERS)
        return found


def _refusing(app: FastAPI) -> None:
    @app.exception_handler(WorkbenchError)
    async def refused(_request: Request, error: WorkbenchError) -> JSONResponse:
        return _refused(error)

    @app.exception_handler(RequestValidationError)
    async def misasked(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        return _refused(WorkbenchError(BAD_QUERY, name=str(first["loc"][-1]), reason=first["msg"]))

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, _error: HTTPException) -> JSONResponse:
        return _refused(WorkbenchError(NO_ADDRESS, method=request.method, path=request.url.path))


def _refused(error: WorkbenchError) -> JSONResponse:
    status = STATUS.get(error.problem.key, 422)
    headers = HEADERS | ({"Retry-After": "1"} if status == 503 else {})
    if status in (408, 413):
        headers["Connection"] = "close"  # what is still coming is not read
    return JSONResponse(Refusal(problem=Note.of(error.problem)).model_dump(), status, headers)


def _kind(request: Request) -> Kind:
    """Return what the request says that it is; a browser may not send these to another site without asking it."""
    said = request.headers.get("content-type", "")
    coding = request.headers.get("content-encoding", "identity")
    kind = KINDS.get(said.partition(";")[0].strip().lower())
    if kind is None or coding.strip().lower() != "identity":
        raise WorkbenchError(MEDIA_TYPE, found=said if kind is None else f"{said}, {coding}")
    return kind


def _mapped(pairs: list[str]) -> dict[str, str]:
    try:
        return dict(pair_of(text[:LONGEST_COLUMN]) for text in pairs)
    except ValueError as error:
        raise WorkbenchError(BAD_QUERY, name="map", reason=str(error)) from None


def _name_of(host: str) -> str:
    """Return a Host header without its port."""
    name, mark, port = host.rpartition(":")
    return (name if mark and port.isdigit() else host).strip("[]").lower()
