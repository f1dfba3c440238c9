"""Forecast what follows the last row of a CSV file, with a model that Sequence Workbench exported.

    python predict.py DATA.csv --out forecast.csv
    python predict.py DATA.csv --out forecast.csv --model NAME.onnx

Needs numpy and onnxruntime for a .onnx model, numpy and torch for a .safetensors model with its model.py. The file must
have the columns and the time step the model was trained with; rows may be missing only where it learnt to do without.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

MOST_HEADER_ROWS = 100
BATCH = 64
EPOCHS = {"epoch-s": 1e6, "epoch-ms": 1e3, "epoch-us": 1.0, "epoch-ns": 1e-3}
"""Microseconds in one unit of times that are numbers."""

Times = np.ndarray
Rows = list[list[str]]


class MisfitError(Exception):
    """Something in the file does not fit the model; the text says what, and what can be done."""


class Model:
    """A model file, with onnxruntime or with torch."""

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() == ".onnx":
            import onnxruntime

            self._session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
            self.settings = json.loads(self._session.get_modelmeta().custom_metadata_map["settings"])
            self._torch = None
        else:
            import torch

            sys.path.insert(0, str(path.resolve().parent))
            from model import load  # type: ignore[import-not-found]  # the file beside this one

            self._torch, self._network = torch, load(path)
            self.settings = self._network.settings

    def forecast(self, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        """Return the forecast, and the edges of its band if it has one, (N, Q, C) each."""
        pieces = []
        for first in range(0, len(given["x"]), BATCH):
            part = {name: value[first : first + BATCH] for name, value in given.items()}
            if self._torch is None:
                pieces.append(self._session.run(None, part))
                continue
            with self._torch.inference_mode():
                found = self._network(**{name: self._torch.tensor(value) for name, value in part.items()})
            pieces.append([edge.numpy() for edge in found])
        return [np.concatenate(edges) for edges in zip(*pieces, strict=True)]


def read_rows(path: Path, needed: list[str]) -> tuple[dict[str, int], Rows]:
    """Return the place of each column that is needed, and the rows below the header."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else encoding)
            break
        except UnicodeDecodeError:
            continue
    for delimiter in (",", ";", "\t", "|"):
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        for number, row in enumerate(rows[:MOST_HEADER_ROWS]):
            places = placed(row, needed)
            if len(places) == len(set(needed)):
                return places, [entry for entry in rows[number + 1 :] if any(cell.strip() for cell in entry)]
    raise MisfitError(f"{path.name} has no header with the columns the model reads: {', '.join(needed)}.")


def placed(header: list[str], needed: list[str]) -> dict[str, int]:
    """Return where the needed columns stand; a unit in brackets may follow a name, and a name may be missing."""
    names = [cell.strip() for cell in header]
    short = [re.sub(r"\s*[\[(][^\])]*[\])]$", "", name) for name in names]
    numbered = [name or f"column {place + 1}" for place, name in enumerate(names)]
    found = {}
    for name in needed:
        for row in (names, short, numbered):
            if name in row:
                found[name] = row.index(name)
                break
    return found


def number(text: str, decimal: str) -> float:
    """Return a number written with this decimal mark, NaN for an empty cell."""
    text = re.sub(r"[\s'\u00a0\u202f%]", "", text)
    if decimal == ",":
        text = text.replace(".", "").replace(",", ".")
    elif text.count(",") == 1 and "." not in text and decimal == "":
        text = text.replace(",", ".")
    else:
        text = text.replace(",", "")
    try:
        found = float(text)
    except ValueError:
        return float("nan")
    return found if np.isfinite(found) else float("nan")


def moment(cells: list[str], form: str) -> np.datetime64:
    """Return the time of a row: ISO 8601, or as the model's own file wrote it."""
    text = " ".join(cell.strip() for cell in cells).strip()
    if form in EPOCHS:
        return np.datetime64(round(float(text) * EPOCHS[form]), "us")
    for reading in (lambda value: datetime.strptime(value, form), datetime.fromisoformat):
        try:
            found = reading(text)
        except ValueError:
            continue
        return np.datetime64(found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found, "us")
    if "%q" in form and len(numbers := re.findall(r"\d+", text)) == 2:  # year and quarter
        return np.datetime64(f"{numbers[0]}-{3 * int(numbers[1]) - 2:02d}", "us")
    raise MisfitError(f"The time “{text[:40]}” cannot be read. Write times as 2024-06-30 12:00, or as {form}.")


def advance(time: np.datetime64, step: dict[str, Any], count: np.ndarray) -> Times:
    """Return `time` plus `count` steps."""
    if step["unit"] == "second":
        return time + (count * round(step["count"] * 1e6)).astype("timedelta64[us]")
    if step["unit"] == "businessday":
        day = time.astype("datetime64[D]")
        moved = np.busday_offset(day, count * int(step["count"]), roll="forward")
        return moved.astype("datetime64[us]") + (time - day)
    month = time.astype("datetime64[M]")
    offset = time - month.astype("datetime64[us]")
    months = month + (count * int(step["count"])).astype("timedelta64[M]")
    last = (months + 1).astype("datetime64[us]") - np.timedelta64(1, "D")
    at_end = time.astype("datetime64[D]") + 1 == (month + 1).astype("datetime64[D]")
    within = offset - offset.astype("timedelta64[D]")
    return last + within if at_end else np.minimum(months.astype("datetime64[us]") + offset, last + within)


def on_grid(times: Times, values: np.ndarray, step: dict[str, Any]) -> tuple[Times, np.ndarray]:
    """Lay rows on the model's step; rows that are missing are NaN."""
    first = times[0]
    if step["unit"] == "second":
        distance = (times - first).astype(np.int64) / (step["count"] * 1e6)
    elif step["unit"] == "businessday":
        distance = np.busday_count(first.astype("datetime64[D]"), times.astype("datetime64[D]")) / step["count"]
    else:
        months = times.astype("datetime64[M]").astype(np.int64)
        distance = (months - months[0]) / step["count"]
    place = np.round(distance).astype(np.int64)
    if (np.diff(place) <= 0).any() or (np.abs(distance - place) > 0.25).mean() > 0.02 or place[-1] >= 3 * len(place):
        row = int(np.argmax(np.append(np.diff(place) <= 0, True)))
        raise MisfitError(
            f"The rows do not stand one step of {step['count']:g} {step['unit']}(s) apart, in order of time (look at "
            f"{times[row]}). The model was trained on that step."
        )
    grid = np.full((place[-1] + 1, values.shape[1]), np.nan)
    grid[place] = values
    return advance(first, step, np.arange(len(grid))), grid


def filled(values: np.ndarray, limit: int) -> np.ndarray:
    """Hold the last value over gaps of at most `limit` rows."""
    found = values.copy()
    for column in found.T:
        there = np.flatnonzero(np.isfinite(column))
        for before, after in zip(there, [*there[1:], len(column)], strict=True):
            if after - before - 1 <= limit:
                column[before + 1 : after] = column[before]
    return found


def calendar(times: Times, settings: dict[str, Any]) -> np.ndarray:
    """Return sine and cosine of each cycle of the calendar, and holidays, (R, K)."""
    found = []
    for period in settings["calendar"]:
        angle = 2 * np.pi * phase(times, period)
        for order in range(1, settings["harmonics"] + 1):
            found += [np.sin(order * angle), np.cos(order * angle)]
    if settings["holidays"]:
        import holidays

        code, _hyphen, region = settings["holidays"].partition("-")
        years = range(int(str(times.min())[:4]), int(str(times.max())[:4]) + 1)
        days = holidays.country_holidays(code, subdiv=region or None, years=years)
        found.append(np.isin(times.astype("datetime64[D]"), np.array(sorted(days), dtype="datetime64[D]")) * 1.0)
    return np.stack(found, axis=1) if found else np.zeros((len(times), 0))


def phase(times: Times, period: str) -> np.ndarray:
    """Return how much of a cycle has passed, 0 to 1."""
    day = times.astype("datetime64[D]")
    of_day = (times - day).astype("timedelta64[us]").astype(np.float64) / 86_400e6
    month, year = times.astype("datetime64[M]"), times.astype("datetime64[Y]")
    if period == "hour":
        return of_day
    if period == "weekday":
        return ((day.astype(np.int64) + 3) % 7 + of_day) / 7
    if period == "month":
        return (month.astype(np.int64) % 12) / 12.0
    start = month if period == "day" else year
    first = start.astype("datetime64[D]")
    length = ((start + 1).astype("datetime64[D]") - first).astype(np.int64)
    return ((day - first).astype(np.int64) + of_day) / length


def window(times: Times | None, values: np.ndarray, settings: dict[str, Any]) -> tuple[dict[str, np.ndarray], int]:
    """Return what the model reads of one series (rows, columns), without the batch, and the first row of the future."""
    targets, rows, horizon = len(settings["targets"]), settings["rows"], settings["horizon"]
    names, future = settings["columns"], len(settings["known_future"])
    origin = len(values)
    if future:
        there = np.flatnonzero(np.isfinite(values[:, :targets]).all(axis=1))
        origin = int(there[-1]) + 1 if len(there) else 0
    if origin < rows:
        raise MisfitError(f"The model reads {rows} rows before it forecasts, and there are only {origin}.")
    missing = ~np.isfinite(values)
    whole = filled(values, settings["gap_limit"]) if settings["gaps"] != "cut" else values
    marked = [names.index(name) for name in settings["masked"]]
    own = whole[origin - rows : origin]
    plain = [place for place in range(len(names)) if place not in marked]
    if not np.isfinite(own[:, plain]).all():
        row, column = np.argwhere(~np.isfinite(own[:, plain]))[0]
        when = times[origin - rows + row] if times is not None else f"row {origin - rows + row + 1}"
        raise MisfitError(f"{names[plain[column]]} has no value at {when}, and the model reads it. Fill it in.")
    parts = [own, missing[origin - rows : origin][:, marked] * 1.0]
    ahead = [whole[origin : origin + horizon][:, len(names) - future :]]
    if len(ahead[0]) < horizon and settings["ahead"] and future:
        ahead[0] = np.concatenate([ahead[0], np.full((horizon - len(ahead[0]), future), np.nan)])
    ahead = [ahead[0] if future else np.zeros((horizon, 0))]
    known = [place for place in marked if place >= len(names) - future]
    ahead.append(np.isnan(ahead[0])[:, [place - (len(names) - future) for place in known]] * 1.0)
    if settings["calendar"] or settings["holidays"]:
        if times is None:
            raise MisfitError("The model reads the calendar, and the file has no times.")
        parts.append(calendar(times[origin - rows : origin], settings))
        ahead.append(calendar(later(times, origin, horizon, settings), settings))
    found = {"x": np.concatenate(parts, axis=1)}
    if settings["ahead"]:
        found["ahead"] = np.concatenate(ahead, axis=1)
        if not known and not np.isfinite(found["ahead"]).all():
            raise MisfitError(
                f"{', '.join(settings['known_future'])} must be given for the {horizon} rows to forecast."
            )
    return found, origin


def later(times: Times, origin: int, horizon: int, settings: dict[str, Any]) -> Times:
    """Return the times of the rows that are forecast."""
    step = settings["step"]
    if step is None:
        usual = np.median(np.diff(times).astype(np.int64)) if len(times) > 1 else 1e6
        step = {"count": usual / 1e6, "unit": "second"}
    return advance(times[origin - 1], step, np.arange(1, horizon + 1))


def shown(times: Times, step: dict[str, Any] | None) -> list[str]:
    """Return times as short as they can be told."""
    texts = [str(time).replace("T", " ").removesuffix(".000000") for time in times]
    if step is not None and step["unit"] == "month" and all(text.endswith("-01 00:00:00") for text in texts):
        return [text[:7] for text in texts]
    whole = all(text.endswith(" 00:00:00") for text in texts)
    return [text[:10] if whole else text.removesuffix(":00") for text in texts]


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def series_of(model: Model, places: dict[str, int], rows: Rows) -> dict[str, Rows]:
    """Return the rows of each series; of all, under the name "", where the file holds one."""
    column = model.settings["series_column"]
    if not column:
        return {"": rows}
    groups: dict[str, Rows] = {}
    for row in rows:
        groups.setdefault(row[places[column]].strip(), []).append(row)
    return groups


def known_place(name: str, names: list[str]) -> int:
    """Return the place of a series among those the model was trained on; -1 for others."""
    same = {entry: place for place, entry in enumerate(names)}
    if name in same:
        return same[name]
    try:
        return same.get(str(float(name)), -1)
    except ValueError:
        return -1


def forecast_file(model: Model, path: Path) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of the forecast."""
    settings = model.settings
    time_columns, column = list(settings["time"]), settings["series_column"]
    needed = list(dict.fromkeys([*settings["columns"], *time_columns, *([column] if column else [])]))
    places, rows = read_rows(path, needed)
    width = max(places.values()) + 1
    header, table = [column, "step"] if column else [], []
    for name, own in series_of(model, places, [row + [""] * (width - len(row)) for row in rows]).items():
        given: dict[str, np.ndarray] = {}
        if settings["series"]:
            place = known_place(name, settings["series"])
            if place < 0:
                sys.stderr.write(f"{name}: the model was not trained on this series; it is left out.\n")
                continue
            given["series"] = np.array([place])
        values = np.array([[number(row[places[c]], settings["decimal"]) for c in settings["columns"]] for row in own])
        times: Times | None = None
        if time_columns:
            moments = [moment([row[places[c]] for c in time_columns], settings["time_format"]) for row in own]
            times = np.array(moments, dtype="datetime64[us]")
            if settings["step"] is not None:
                times, values = on_grid(times, values, settings["step"])
        found, origin = window(times, values, settings)
        given |= {key: value[None] for key, value in found.items()}
        edges = model.forecast(given)
        horizon = settings["horizon"]
        when = [str(origin + ahead + 1) for ahead in range(horizon)]
        if times is not None:
            when = shown(later(times, origin, horizon, settings), settings["step"])
        for ahead in range(horizon):
            numbers = [f"{value:.12g}" for edge in edges for value in edge[0, ahead]]
            table.append([*([harmless(name), str(ahead + 1)] if column else []), when[ahead], *numbers])
        names = [f"{target}{suffix}" for _edge, suffix in zip(edges, ("", " low", " high"), strict=False)
                 for target in settings["targets"]]  # fmt: skip
        header = [*([column, "step"] if column else []), "time" if times is not None else "row", *names]
    return [harmless(name) for name in header], table


def main(arguments: list[str]) -> int:
    """Read the file, forecast, write the forecast."""
    parser = argparse.ArgumentParser(description="Forecast what follows the last row of a CSV file.")
    parser.add_argument("file", type=Path, help="a CSV file with the columns of the model")
    parser.add_argument("--out", type=Path, help="where to write the forecast; by default it is shown")
    parser.add_argument("--model", type=Path, help="by default the one model beside this script")
    options = parser.parse_args(arguments)
    here = Path(__file__)
    beside = sorted(path for path in here.parent.iterdir() if path.suffix in (".onnx", ".safetensors"))
    own = [path for path in beside if path.stem == here.stem] or beside
    if options.model is None and len(own) != 1:
        parser.error(f"there are {len(own)} models beside this script; say which: --model NAME")
    try:
        header, rows = forecast_file(Model(options.model or own[0]), options.file)
    except MisfitError as misfit:
        sys.stderr.write(f"{misfit}\n")
        return 2
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    if options.out is None:
        sys.stdout.write(text.getvalue())
    else:
        options.out.write_text(text.getvalue(), encoding="utf-8", newline="")
        sys.stdout.write(f"{len(rows)} rows: {options.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
