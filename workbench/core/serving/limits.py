"""How much a request may be, how long it may take, and what is said of one that is refused."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.core.problems import N_, ProblemKind


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the service.

    Attributes
    ----------
    body_bytes
        Of one request.
    rows
        Of one request, and steps that may be asked for.
    seconds
        For a request to arrive, and again for it to be answered.
    requests
        That are being read, waited for or answered at once.
    workers
        Forecasts that are computed at once.
    """

    body_bytes: int = 4 << 20
    rows: int = 50_000
    seconds: float = 20.0
    requests: int = 64
    workers: int = 2


BODY_TOO_LARGE = ProblemKind(
    "body-too-large",
    "error",
    N_("The request is larger than {most} bytes."),
    N_("Send fewer rows: the model reads the last {rows}. Whoever runs the service may raise --max-mb."),
)
TOO_MANY_ROWS = ProblemKind(
    "too-many-rows",
    "error",
    N_("The request asks about more than {most} rows."),
    N_("Send fewer rows: the model reads the last {rows}. Whoever runs the service may raise --max-rows."),
)
TOO_SLOW = ProblemKind(
    "request-too-slow",
    "error",
    N_("The request did not arrive within {seconds} s."),
    N_("Send it again, at once."),
)
TOO_LONG = ProblemKind(
    "answer-too-long",
    "error",
    N_("The forecast was not made within {seconds} s."),
    N_("Send fewer rows, or try again later. Whoever runs the service may raise --timeout."),
)
AT_CAPACITY = ProblemKind(
    "service-at-capacity",
    "error",
    N_("{most} requests are being answered already."),
    N_("Try again in a second."),
)
MEDIA_TYPE = ProblemKind(
    "media-type",
    "error",
    N_("The service cannot read a request of the type “{found}”."),
    N_("Send text/csv or application/json, not compressed, and say so in Content-Type."),
)
BAD_QUERY = ProblemKind(
    "bad-query",
    "error",
    N_("“{name}” in the address is wrong: {reason}."),
    N_("GET / shows what may stand there."),
)
NOT_JSON = ProblemKind(
    "not-json",
    "error",
    N_("The request is no strict JSON: {reason}."),
    N_("Send JSON in UTF-8, without NaN, and without a key twice in an object."),
)
OTHER_HOST = ProblemKind(
    "other-host",
    "error",
    N_("The service is asked for by the name “{host}”, which is not its own."),
    N_("Use the address that was printed when it began. A page of the web may not ask it."),
)
NO_ADDRESS = ProblemKind(
    "no-such-address",
    "error",
    N_("The service cannot answer {method} {path}."),
    N_("GET / shows what can be asked."),
)

STATUS = {
    BODY_TOO_LARGE.key: 413, TOO_MANY_ROWS.key: 413, TOO_SLOW.key: 408, TOO_LONG.key: 503, AT_CAPACITY.key: 503,
    MEDIA_TYPE.key: 415, NOT_JSON.key: 400, OTHER_HOST.key: 421, NO_ADDRESS.key: 404,
}  # fmt: skip
"""HTTP status of a refusal; 422 where the rows cannot be forecast."""
