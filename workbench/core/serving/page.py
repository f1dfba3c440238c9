"""What can be asked of the service, as a page that loads nothing: it is read where there is no network."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from workbench.core.bundle import Bundle
from workbench.core.rawwindows import given
from workbench.core.report.page import STYLE


def page(document: dict[str, Any], bundle: Bundle) -> str:
    """Return an HTML page of an OpenAPI `document`."""
    title, info = bundle.project.title or "Sequence Workbench", document["info"]
    asked = "".join(
        _operation(method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    columns = ",".join(dict.fromkeys((*bundle.project.data.understood.time, *given(bundle.project.data))))
    example = (
        "curl --data-binary @FILE.csv -H 'Content-Type: text/csv' ADDRESS/forecast\n"
        "curl -d '[{…}, {…}]' -H 'Content-Type: application/json' 'ADDRESS/forecast?steps=3'"
    )
    shapes = "".join(
        f"<h3>{escape(name)}</h3><pre>{escape(json.dumps(shape, indent=1, ensure_ascii=False))}</pre>"
        for name, shape in document.get("components", {}).get("schemas", {}).items()
        if "Validation" not in name
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"<p>{escape(info['title'])} {escape(info['version'])}. {escape(info['description'])}</p>"
        f"<p>Columns: {escape(columns)}</p><pre>{escape(example)}</pre>{asked}"
        f"<h2>Shapes</h2>{shapes}<p><a href='/openapi.json'>openapi.json</a></p></body></html>\n"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = [
        (entry["name"], "in the address", entry.get("description", "")) for entry in operation.get("parameters", [])
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        rows.append((kind, "body", content["schema"].get("description", "")))
    rows += [(status, "answer", found["description"]) for status, found in operation["responses"].items()]
    cells = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    told = escape(operation.get("description", ""))
    return f"<h2>{method} {escape(path)}</h2><p>{told}</p><table>{cells}</table>"
