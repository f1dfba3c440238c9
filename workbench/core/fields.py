"""Declare a setting once; validator, form, command line and documentation read the same declaration."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from workbench.core.problems import N_, ProblemKind, WorkbenchError

Level = Literal["basic", "advanced"]
SettingKind = Literal["int", "float", "bool", "choice", "text", "names"]

INVALID_SETTING = ProblemKind(
    "invalid-setting",
    "error",
    N_("{title} cannot be {value}: {reason}."),
    N_("Choose another value for {title}{allowed}."),
)
SETTINGS_CLASH = ProblemKind(
    "settings-clash",
    "error",
    N_("These settings do not go together: {reason}."),
    N_("Change one of them."),
)
LONGEST_VALUE = 60
"""Characters of a refused value that are repeated to the user."""


class Spec(BaseModel):
    """Base of everything a person edits: frozen, and closed to unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def changed(self, **values: object) -> Any:
        """Return a validated copy with some fields replaced.

        Raises
        ------
        WorkbenchError
            ``invalid-setting`` for the first field that is refused, or ``settings-clash``.
        """
        return validated(type(self), {**self.model_dump(), **values})

    def with_live(self, wished: Spec) -> Any:
        """Return a copy whose live settings are those of `wished`, of the same kind: what a running training obeys."""
        found = wished.model_dump()
        return self.model_copy(
            update={entry.name: found[entry.name] for entry in settings_of(type(self)) if entry.live}
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """What a form or a command line has to know of one field.

    Attributes
    ----------
    kind
        ``int``, ``float``, ``bool``, ``choice``, ``text`` or ``names`` (a tuple of column names).
    low, high
        Inclusive limits; None where there is none. `exclusive_low` marks an open lower limit.
    choices
        (value, label) pairs of a ``choice``, or of ``names`` that are not column names.
    live
        True if a change takes effect at the next batch of a running training.
    free
        True if other values than the choices can be typed.
    empty
        What a form says where no name is chosen; by default that there is none.
    """

    name: str
    kind: SettingKind
    title: str
    help: str
    unit: str
    level: Level
    live: bool
    default: Any
    low: float | None
    high: float | None
    exclusive_low: bool
    choices: tuple[tuple[str, str], ...]
    free: bool = False
    empty: str = ""


def setting(
    default: Any,
    *,
    title: str,
    help: str,
    unit: str = "",
    level: Level = "basic",
    live: bool = False,
    free: bool = False,
    empty: str = "",
    labels: Mapping[str, str] | None = None,
    **limits: Any,
) -> Any:
    """Declare one field of a Spec.

    Parameters
    ----------
    unit
        Shown behind the value, e.g. ``steps``.
    free
        Other values than those of `labels` can be typed; the spec checks them.
    empty
        What no name at all means, if it is not “none”.
    labels
        What a form calls each value of a choice.
    **limits
        ``ge``, ``gt``, ``le``, ``lt``, ``min_length``, ``max_length`` of pydantic's ``Field``.
    """
    extra: dict[str, Any] = {"unit": unit, "level": level, "live": live, "free": free, "labels": dict(labels or {})}
    extra["empty"] = empty
    return Field(default, title=title, description=help, json_schema_extra=extra, **limits)


@cache
def settings_of(spec: type[BaseModel]) -> tuple[Setting, ...]:
    """List the settings of `spec` in order of declaration; nested specs and plain fields are left out."""
    found = (_setting(name, info) for name, info in spec.model_fields.items())
    return tuple(entry for entry in found if entry is not None)


def validated(spec: type[Any], values: Mapping[str, object]) -> Any:
    """Build `spec` from `values`.

    Raises
    ------
    WorkbenchError
        ``invalid-setting`` with the title of the first field that is refused, and why, or ``settings-clash`` if
        every field is fine by itself.
    """
    try:
        return spec.model_validate(dict(values))
    except ValidationError as error:
        raise _refusal(spec, error) from None


def from_file(spec: type[Any], document: object) -> Any:
    """Build `spec` from the JSON of a file, whose values must be of the very kinds that we write.

    A form may take "8" or 8.0 for 8; in a file it says that somebody else wrote it, and true is no 1.

    Raises
    ------
    ValueError
        With the name of the first field that is refused; it may be pydantic's ValidationError.
    """
    for name in ("kind", "format"):
        if name in spec.model_fields and isinstance(document, dict) and name not in document:
            raise ValueError(f"{name}: it is missing")
    found = spec.model_validate(document)
    reason = _other_kind(document, found.model_dump(mode="json"), "")
    if reason:
        raise ValueError(reason)
    return found


def _other_kind(told: object, meant: object, where: str) -> str:
    """Return where `told` is of another kind than what it was taken for, empty if it is nowhere."""
    if isinstance(told, dict) and isinstance(meant, dict):
        parts: list[tuple[object, object, object]] = [(k, v, meant[k]) for k, v in told.items() if k in meant]
    elif isinstance(told, list) and isinstance(meant, list):
        parts = [(place, *pair) for place, pair in enumerate(zip(told, meant, strict=False))]
    elif type(told) is type(meant) or (type(told) is int and type(meant) is float):
        return ""
    else:
        return f"{where}: {KINDS[type(told)]} stands where {KINDS[type(meant)]} should"
    found = (_other_kind(value, its, f"{where}.{key}".lstrip(".")) for key, value, its in parts)
    return next((reason for reason in found if reason), "")


KINDS: Mapping[type, str] = {
    int: N_("a whole number"),
    float: N_("a number with a point"),
    bool: N_("true or false"),
    str: N_("a text"),
    type(None): N_("null"),
    list: N_("a list"),
    dict: N_("an object"),
}
"""What the values of JSON are called."""


def _refusal(spec: type[BaseModel], error: ValidationError) -> WorkbenchError:
    first = error.errors()[0]
    model: Any = spec
    title, allowed, entry = ".".join(str(part) for part in first["loc"]) or spec.__name__, "", None
    for part in first["loc"]:
        info = model.model_fields.get(str(part)) if isinstance(model, type) and issubclass(model, BaseModel) else None
        if info is None:
            break
        entry = _setting(str(part), info)
        if entry is not None:
            title, allowed = entry.title, _allowed(entry)
        model = info.annotation
    reason = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ").rstrip(".")
    if entry is None and first["type"] == "value_error":
        return WorkbenchError(SETTINGS_CLASH, reason=reason)
    value = repr(first.get("input"))
    value = value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + "…"
    return WorkbenchError(INVALID_SETTING, title=title, value=value, reason=reason, allowed=allowed)


def _allowed(entry: Setting) -> str:
    if entry.choices:
        return ": " + ", ".join(value for value, _ in entry.choices)
    if entry.exclusive_low and entry.high is not None:
        return f" above {entry.low:g} and up to {entry.high:g}"
    if entry.low is not None and entry.high is not None:
        return f" from {entry.low:g} to {entry.high:g}"
    if entry.low is not None:
        return f" of {entry.low:g} or more"
    return ""


def _setting(name: str, info: FieldInfo) -> Setting | None:
    extra = info.json_schema_extra
    if not isinstance(extra, dict) or "level" not in extra:
        return None
    annotation: Any = info.annotation
    values: tuple[Any, ...] = get_args(annotation) if get_origin(annotation) is Literal else ()
    labels: Any = extra["labels"]
    low, high, exclusive = _limits(info)
    default = None if info.default is PydanticUndefined else info.default
    return Setting(
        name=name,
        kind="choice" if labels and _kind(annotation) != "names" else _kind(annotation),
        title=info.title or name,
        help=info.description or "",
        unit=str(extra["unit"]),
        level=extra["level"],  # type: ignore[arg-type]
        live=bool(extra["live"]),
        default=default,
        low=low,
        high=high,
        exclusive_low=exclusive,
        choices=tuple((str(value), labels.get(value, str(value))) for value in values or labels),
        free=bool(extra["free"]),
        empty=str(extra["empty"]),
    )


def _kind(annotation: Any) -> SettingKind:
    if get_origin(annotation) is Literal:
        return "choice"
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    if get_origin(annotation) is tuple:
        return "names"
    kinds: dict[Any, SettingKind] = {int: "int", float: "float", bool: "bool"}
    return kinds.get(annotation, "text")


def _limits(info: FieldInfo) -> tuple[float | None, float | None, bool]:
    low: Any = None
    high: Any = None
    exclusive = False
    for limit in info.metadata:
        if isinstance(limit, annotated_types.Ge):
            low = limit.ge
        elif isinstance(limit, annotated_types.Gt):
            low, exclusive = limit.gt, True
        elif isinstance(limit, annotated_types.Le):
            high = limit.le
        elif isinstance(limit, annotated_types.Lt):
            high = limit.lt
    return low, high, exclusive
