"""The part of a project that says how a table becomes windows."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator

from workbench.core.calendar import PERIODS, calendar_columns
from workbench.core.fields import Spec, setting
from workbench.core.holidays import COUNTRIES, COUNTRY
from workbench.core.problems import N_
from workbench.core.reading import Reading, Understood
from workbench.core.steps import AGGREGATE_LABELS, STEP_LABELS, STEPS


class DataSpec(Spec):
    """Which columns, how they are cut into windows, and how they are split in time."""

    source: str = Field("", description="path of the file, or task:NAME?key=value")
    sha256: str = ""
    reading: Reading = Reading()
    understood: Understood = Understood()
    targets: tuple[str, ...] = setting((), title=N_("Target"), help=N_("The columns to forecast."))
    inputs: tuple[str, ...] = setting(
        (),
        title=N_("More inputs"),
        help=N_("Columns the network reads besides the targets; only their past is used."),
    )
    known_future: tuple[str, ...] = setting(
        (),
        title=N_("Known ahead"),
        level="advanced",
        help=N_(
            "Those of the inputs whose future is known when a forecast is made, such as holidays, prices or a plan. "
            "The forecast reads them for the steps ahead; rows with them and without a target may stand at the end "
            "of the file."
        ),
    )
    framing: Literal["forecast", "label"] = setting(
        "forecast",
        title=N_("Question"),
        level="advanced",
        labels={"forecast": N_("what comes next"), "label": N_("one answer a sequence")},
        help=N_(
            "Forecast the steps behind the window, or answer with the target's value in the window's last rows, "
            "which the network does not see."
        ),
    )
    series: str = setting(
        "",
        title=N_("Sequence column"),
        level="advanced",
        help=N_("A column that numbers or names the sequences of the table; no window crosses from one to the next."),
    )
    window: int = setting(
        48,
        title=N_("Window"),
        unit=N_("steps"),
        ge=1,
        le=100_000,
        help=N_("How many past steps the network reads before it forecasts."),
    )
    horizon: int = setting(
        24,
        title=N_("Horizon"),
        unit=N_("steps"),
        ge=1,
        le=10_000,
        help=N_("How many steps ahead it forecasts."),
    )
    train_share: float = setting(
        0.7,
        title=N_("Training share"),
        ge=0.05,
        le=0.95,
        level="advanced",
        help=N_("Share of the rows, from the start, used for training."),
    )
    valid_share: float = setting(
        0.15,
        title=N_("Validation share"),
        ge=0.02,
        le=0.9,
        level="advanced",
        help=N_("Share of the rows that follow, used to stop in time. The rest is the test, never trained on."),
    )
    train_until: str = setting(
        "",
        title=N_("Train until"),
        level="advanced",
        help=N_("Date of the first row that is no longer trained on, such as 2024-06-30; empty: by share."),
    )
    valid_until: str = setting(
        "",
        title=N_("Validate until"),
        level="advanced",
        help=N_("Date of the first row of the test part; empty: by share."),
    )
    resample: str = setting(
        "",
        title=N_("Step"),
        level="advanced",
        labels={"": N_("as in the file"), **STEP_LABELS},
        help=N_("Put the rows on a regular step of time before anything else."),
    )
    aggregate: Literal["mean", "sum", "first", "last", "min", "max"] = setting(
        "mean",
        title=N_("Rows in one step"),
        level="advanced",
        labels=AGGREGATE_LABELS,
        help=N_("What becomes of the rows that fall into one step when the step is changed."),
    )
    duplicates: Literal["first", "last", "mean", "error"] = setting(
        "first",
        title=N_("Repeated times"),
        level="advanced",
        labels={
            "first": N_("keep the first row"),
            "last": N_("keep the last row"),
            "mean": N_("take the mean"),
            "error": N_("refuse the file"),
        },
        help=N_("What to do with rows that have the time of another row."),
    )
    gaps: Literal["cut", "hold", "seasonal", "interpolate"] = setting(
        "cut",
        title=N_("Gaps"),
        level="advanced",
        labels={
            "cut": N_("no window crosses a gap"),
            "hold": N_("hold the last value"),
            "seasonal": N_("take the value one season before"),
            "interpolate": N_("draw a straight line"),
        },
        help=N_("What to read where values are missing. Filled values are read, but never used as a target."),
    )
    gap_limit: int = setting(
        3,
        title=N_("Longest gap filled"),
        unit=N_("steps"),
        ge=1,
        le=1000,
        level="advanced",
        help=N_("Gaps longer than this still cut windows."),
    )
    mask_inputs: bool = setting(
        False,
        title=N_("Mark missing inputs"),
        level="advanced",
        help=N_(
            "Read a missing value of an input that is no target as its mean, beside a column that says it is missing."
        ),
    )
    scaling: Literal["standard", "minmax", "robust", "none"] = setting(
        "standard",
        title=N_("Scaling"),
        level="advanced",
        labels={
            "standard": N_("standard (mean 0, deviation 1)"),
            "minmax": N_("min-max (0 to 1)"),
            "robust": N_("robust (median 0, quartiles 1 apart)"),
            "none": N_("none"),
        },
        help=N_("How values are scaled for the network. Fitted on training rows only."),
    )
    scale_each: bool = setting(
        False,
        title=N_("Scale each series"),
        level="advanced",
        help=N_(
            "Scale every series of the sequence column by its own training rows, for series of different sizes. The "
            "model then forecasts the series it was trained on, and no others."
        ),
    )
    power: Literal["none", "log", "box-cox"] = setting(
        "none",
        title=N_("Power"),
        level="advanced",
        labels={"none": N_("none"), "log": N_("logarithm"), "box-cox": "Box-Cox"},
        help=N_("Makes a swing that grows with the level even. Undone in the forecast. Needs targets above 0."),
    )
    difference: Literal["none", "step", "season"] = setting(
        "none",
        title=N_("Difference"),
        level="advanced",
        labels={"none": N_("none"), "step": N_("from step to step"), "season": N_("from season to season")},
        help=N_("Learn changes of the targets instead of their values. Undone in the forecast."),
    )
    season: int = setting(
        0,
        title=N_("Season"),
        unit=N_("steps"),
        ge=0,
        le=100_000,
        level="advanced",
        help=N_("Steps of one period, for differences, filled gaps and the seasonal naive forecast. 0: as detected."),
    )
    calendar: tuple[str, ...] = setting(
        (),
        title=N_("Calendar"),
        level="advanced",
        labels=PERIODS,
        help=N_("Let the network read the hour, weekday, day, month or year as two waves each."),
    )
    harmonics: int = setting(
        1,
        title=N_("Harmonics"),
        ge=1,
        le=12,
        level="advanced",
        help=N_(
            "Waves a cycle of the calendar: the second is twice as fast, and so on. More of them draw sharper days "
            "and weeks, such as the rush hour or the step into the weekend."
        ),
    )
    holidays: str = setting(
        "",
        title=N_("Holidays"),
        level="advanced",
        free=True,
        labels=COUNTRIES,
        help=N_("Let the network read which days are public holidays of a country, such as DE, or a region, DE-BY."),
    )

    @model_validator(mode="after")
    def _leave_a_test(self) -> DataSpec:
        if self.train_share + self.valid_share > 0.98:
            raise ValueError("training and validation together leave no rows to test on; keep them under 98 %")
        return self

    @field_validator("known_future")
    @classmethod
    def _known_inputs(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        targets, inputs = info.data.get("targets", ()), info.data.get("inputs", ())
        for name in names:
            if name in targets:
                raise ValueError(f"{name} is a target; its future is what the forecast is for")
            if name not in inputs:
                raise ValueError(f"{name} is no input; choose it in More inputs too")
        return tuple(dict.fromkeys(names))

    @field_validator("calendar")
    @classmethod
    def _known_periods(cls, periods: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [period for period in periods if period not in PERIODS]
        if unknown:
            raise ValueError("any of " + ", ".join(PERIODS))
        return tuple(period for period in PERIODS if period in periods)

    @field_validator("holidays")
    @classmethod
    def _a_country(cls, country: str) -> str:
        country = country.strip().upper()
        if country and COUNTRY.fullmatch(country) is None:
            raise ValueError("a country such as DE, or a region such as DE-BY")
        return country

    @field_validator("resample")
    @classmethod
    def _known_step(cls, step: str) -> str:
        if step and step not in STEPS:
            raise ValueError("one of " + ", ".join(STEPS))
        return step

    @field_validator("train_until", "valid_until")
    @classmethod
    def _a_date(cls, text: str) -> str:
        if text.strip():
            try:
                np.datetime64(text.strip(), "us")
            except ValueError:
                raise ValueError("a date such as 2024-06-30 or 2024-06-30 12:00") from None
        return text.strip()

    @property
    def dated(self) -> tuple[str, ...]:
        """Names of the columns that the time of a row tells: waves of the calendar, and holidays."""
        return calendar_columns(self.calendar, self.holidays, self.harmonics)

    @property
    def masked(self) -> tuple[str, ...]:
        """The inputs that get a column which says where they are missing."""
        return self.columns[len(self.targets) :] if self.mask_inputs else ()

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the F columns the network reads: targets, other inputs, their masks, the calendar."""
        masks = tuple(f"{name} missing" for name in self.masked)
        return self.columns + masks + self.dated

    @property
    def origin(self) -> int:
        """Row of the first target value, counted from the first row of a window."""
        return self.window if self.framing == "forecast" else self.window - self.horizon

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file the network reads: targets, other inputs, those known ahead."""
        others = tuple(name for name in self.inputs if name not in self.targets + self.known_future)
        return self.targets + others + self.known_future

    @property
    def levels(self) -> int:
        """Number of leading columns whose level a window's normalisation may take away; known ones keep theirs."""
        return len(self.columns) - len(self.known_future)

    @property
    def ahead(self) -> tuple[str, ...]:
        """Names of the K features that are known for the steps ahead: known inputs, their masks, the calendar."""
        if self.framing == "label":
            return ()
        masks = tuple(f"{name} missing" for name in self.known_future if self.mask_inputs)
        return self.known_future + masks + self.dated
