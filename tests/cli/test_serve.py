"""The service: a real server in its own process forecasts as `forecast` does, and bears what strangers send."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from handover import untrained
from series import hourly, tiny_project, tiny_table, wave
from workbench.cli import main
from workbench.core.adoption import model_file
from workbench.core.exports import EXPORTS, Package
from workbench.core.serving.application import application
from workbench.core.serving.limits import Limits

CSV, JSON = {"Content-Type": "text/csv"}, {"Content-Type": "application/json"}
MOST_ROWS = 2_000
ROWS = [
    {"time": str(t).replace("T", " "), "a [MW]": round(float(a), 3), "b": 1.5}
    for t, a in zip(hourly(40), wave(40), strict=True)
]
TABLE = "\n".join(",".join(map(str, row)) for row in ([*ROWS[0]], *(row.values() for row in ROWS))).encode()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "m.wbm"
    project = tiny_project(targets=("a [MW]",), inputs=("b",), output="quantiles", loss="pinball")
    table = tiny_table()
    renamed = {"a": "a [MW]"}
    columns = tuple(type(c)(renamed.get(c.name, c.name), c.kind, c.values, c.missing) for c in table.columns)
    table = type(table)(table.name, columns, table.time, (), table.sha256)
    EXPORTS["wbm"].write(path, Package(*untrained(project, table), None))
    return path


@pytest.fixture(scope="module")
def port(model: Path) -> Iterator[int]:
    command = [sys.executable, "-m", "workbench", "serve", str(model), "--port", "0"]
    command += ["--max-mb", "1", "--max-rows", str(MOST_ROWS), "--timeout", "100"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("http://127.0.0.1:"), process.communicate()
        yield int(line.split(":")[2].split(" ")[0])
        process.send_signal(signal.SIGTERM)
        told = process.communicate(timeout=60)[1]
        assert (process.returncode, told) == (0, "The service has ended.\n")


def asked(
    port: int, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, method: str = ""
) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=100)
    try:
        # A refusal may arrive, and the connection end, before all of a large body was sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method or ("GET" if body is None else "POST"), path, body, headers or {})
        found = connection.getresponse()
        content = found.read()
    finally:
        connection.close()
    return found.status, json.loads(content) if found.headers["content-type"] == "application/json" else content


def test_that_rows_sent_give_the_forecast_of_the_command_line(port: int, model: Path, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(TABLE)
    assert main(["forecast", str(model), str(tmp_path / "d.csv"), "--out", str(tmp_path / "f.csv")]) == 0
    header, *rows = csv.reader((tmp_path / "f.csv").read_text().splitlines())
    for body, headers in ((TABLE, CSV), (json.dumps(ROWS).encode(), JSON)):
        status, answer = asked(port, "/forecast", body, headers)
        assert status == 200, answer
        assert [column["name"] for column in answer["columns"]] == header
        assert [[row[0], *map(float, row[1:])] for row in rows] == answer["rows"]
        assert [column["kind"] for column in answer["columns"]] == ["time", "value", "low", "high"]
        assert (answer["columns"][1]["unit"], answer["notes"]) == ("MW", [])
        assert answer["fingerprint"] == asked(port, "/health")[1]["fingerprint"] == model_file(model).fingerprint


def test_that_columns_are_matched_as_by_forecast_and_the_matching_is_told(port: int) -> None:
    other = TABLE.replace(b"a [MW]", b"load", 1)
    status, refusal = asked(port, "/forecast", other, CSV)
    assert (status, refusal["problem"]["key"]) == (422, "unknown-column")
    assert refusal["problem"]["remedy"]
    status, answer = asked(port, "/forecast?map=a+%5BMW%5D%3Dload", other, CSV)
    assert (status, answer["notes"][0]["key"]) == (200, "columns-matched")
    assert "“a [MW]” is read from “load”" in answer["notes"][0]["text"]
    assert asked(port, "/forecast", TABLE.replace(b"MW", b"kW", 1), CSV)[1]["problem"]["key"] == "other-unit"


def test_that_the_service_describes_itself_without_the_network(port: int) -> None:
    status, card = asked(port, "/model")
    assert (status, card["targets"], card["horizon"]) == (200, ["a [MW]"], 3)
    status, document = asked(port, "/openapi.json")
    assert set(document["paths"]) == {"/health", "/model", "/forecast"}
    status, page = asked(port, "/")
    assert status == 200
    assert b"POST /forecast" in page
    assert b"<script" not in page
    assert b"src=" not in page
    assert b"http://" not in page
    assert b"https://" not in page


HOSTILE: dict[str, tuple[bytes, dict[str, str], str, int]] = {
    "empty": (b"", CSV, "", 422),
    "blank": (b" \n \n", CSV, "", 422),
    "binary": (bytes(range(256)) * 100, CSV, "", 422),
    "pickle": (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00cos\nsystem\n.", CSV, "", 422),
    "zip": (b"PK\x03\x04" + b"\0" * 200, CSV, "", 422),
    "path": (b"/etc/passwd", CSV, "", 422),
    "task": (b"task:adding", CSV, "", 422),
    "two-rows": (b"time,a [MW],b\n2024-01-01,1,2\n2024-01-02,1,2\n", CSV, "", 422),
    "words": (b"a [MW],b\n" + b"x,y\n" * 40, CSV, "", 422),
    "rows": (b"a [MW],b\n" + b"1,2\n" * (MOST_ROWS + 5), CSV, "", 413),
    "rows-json": (json.dumps({"a [MW]": [1.5] * 9_000, "b": [2] * 9_000}).encode(), JSON, "", 413),
    "large": (b"1" * (1 << 20) + b"2", CSV, "", 413),
    "one-line": (b"," * 900_000, CSV, "", 422),
    "columns": (b",".join(b"c%d" % k for k in range(20_000)) + b"\n" + b"1," * 20_000, CSV, "", 422),
    "deep": (b"[" * 100_000, JSON, "", 400),
    "deep-whole": (b"[" * 100_000 + b"]" * 100_000, JSON, "", 400),
    "nan": (b'[{"a [MW]": NaN, "b": 1}]', JSON, "", 400),
    "infinite": (b'[{"a [MW]": 1e999, "b": 1}]', JSON, "", 400),
    "digits": (b'[{"a [MW]": ' + b"9" * 100_000 + b"}]", JSON, "", 400),
    "twice": (b'[{"a [MW]": 1, "a [MW]": 2, "b": 1}]', JSON, "", 400),
    "latin": (b'[{"\xe9": 1}]', JSON, "", 400),
    "half-a-character": (b'[{"\\ud800": 1, "b": 2}]', JSON, "", 422),
    "number": (b"7", JSON, "", 422),
    "object": (b"{}", JSON, "", 422),
    "csv-as-json": (TABLE, JSON, "", 400),
    "json-as-text": (b"[]", {"Content-Type": "text/plain"}, "", 415),
    "form": (b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}, "", 415),
    "no-type": (TABLE, {}, "", 415),
    "packed": (TABLE, CSV | {"Content-Encoding": "gzip"}, "", 415),
    "host": (TABLE, CSV | {"Host": "evil.example:80"}, "", 421),
    "steps-none": (TABLE, CSV, "?steps=0", 422),
    "steps-word": (TABLE, CSV, "?steps=many", 422),
    "steps-huge": (TABLE, CSV, "?steps=999999999", 413),
    "steps-digits": (TABLE, CSV, "?steps=" + "9" * 5_000, 422),
    "map-bad": (TABLE, CSV, "?map=nothing", 422),
    "map-path": (TABLE, CSV, "?map=a+%5BMW%5D%3D..%2F..%2Fetc%2Fpasswd", 422),
    "map-many": (TABLE, CSV, "?" + "map=a%3Db&" * 1_500, 422),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_that_hostile_requests_are_refused_with_cause_and_remedy(port: int, name: str) -> None:
    body, headers, query, expected = HOSTILE[name]
    status, answer = asked(port, "/forecast" + query, body, headers)
    assert status == expected, answer
    assert answer["problem"]["text"]
    assert answer["problem"]["remedy"]
    assert "Traceback" not in str(answer)


def test_that_other_addresses_and_methods_are_refused(port: int) -> None:
    for path, method in (("/docs", "GET"), ("/../etc/passwd", "GET"), ("/forecast", "GET"), ("/model", "DELETE")):
        status, answer = asked(port, path, method=method)
        assert (status, answer["problem"]["key"]) == (404, "no-such-address")


def test_that_fifty_requests_at_once_are_all_answered(port: int) -> None:
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda _k: asked(port, "/forecast", TABLE, CSV), range(50)))
    assert {status for status, _answer in found} == {200}
    assert all(answer == found[0][1] for _status, answer in found)


def posted(model: Path, limits: Limits, *, body: bytes | None) -> int:
    """Send a request to the application as a server would, of which nothing arrives if `body` is None."""
    app, sent = application(model_file(model), limits, None), []

    async def receive() -> dict[str, Any]:
        if body is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"text/csv")]
    scope = {"type": "http", "method": "POST", "path": "/forecast", "query_string": b"", "headers": headers}
    asyncio.run(app(scope, receive, send))
    return int(sent[0]["status"])


def test_that_a_body_that_never_comes_and_too_many_requests_are_given_up(model: Path) -> None:
    assert posted(model, Limits(), body=TABLE) == 200
    assert posted(model, Limits(seconds=0.05), body=None) == 408
    assert posted(model, Limits(requests=0), body=TABLE) == 503


def test_that_a_service_for_other_computers_and_a_taken_port_are_refused(
    port: int, model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["serve", str(model), "--host", "0.0.0.0", "--port", "0"]) == 2
    assert "could be reached from other computers" in capsys.readouterr().err
    assert main(["serve", str(model), "--port", str(port)]) == 2
    assert "Choose another port" in capsys.readouterr().err
    monkeypatch.setattr("workbench.cli.serve.find_spec", lambda name: None if name == "uvicorn" else find_spec(name))
    assert main(["serve", str(model)]) == 2
    assert "pip install -e '.[serve]'" in capsys.readouterr().err
