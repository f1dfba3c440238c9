"""The bundled series and the generated tasks, in the order of the menu; the first is the default."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.core.assets import resource
from workbench.core.problems import N_
from workbench.core.sources.tasks import TASKS


@dataclass(frozen=True, slots=True)
class Sample:
    """One series that comes with the program.

    Attributes
    ----------
    file
        Name in ``resources/samples``, or ``task:NAME`` for a generated one.
    unit
        Unit of the target column, as a sentence would name it.
    target
        The column to forecast.
    """

    key: str
    title: str
    file: str
    description: str
    unit: str
    target: str

    @property
    def address(self) -> str:
        """What `workbench.core.sources.read` takes: a path or a task."""
        if self.file.startswith("task:"):
            return self.file
        return str(resource(f"samples/{self.file}"))


SAMPLES: tuple[Sample, ...] = (
    Sample(
        "taxi",
        N_("Taxi rides in New York"),
        "nyc_taxi_half_hourly.csv",
        N_("Passengers every half hour: a day inside a week, and holidays that break both."),
        N_("passengers"),
        "value",
    ),
    Sample(
        "sunspots",
        N_("Sunspots, monthly"),
        "sunspots_monthly.csv",
        N_("235 years of sunspots: a cycle of about eleven years, never twice the same."),
        N_("sunspots"),
        "Sunspots",
    ),
    Sample(
        "co2",
        N_("Carbon dioxide at Mauna Loa"),
        "co2_weekly.csv",
        N_("A trend and a season, weekly, with gaps."),
        N_("ppm"),
        "co2",
    ),
    Sample(
        "elnino",
        N_("Sea temperature off Peru"),
        "elnino_monthly.csv",
        N_("Monthly, a clear season with irregular warm years."),
        N_("°C"),
        "sst",
    ),
    Sample(
        "seattle-hourly",
        N_("Seattle temperature, hourly"),
        "seattle_temps_hourly.csv",
        N_("The day inside the year, and the hour that daylight saving takes away."),
        N_("°F"),
        "temp",
    ),
    Sample(
        "seattle-daily",
        N_("Seattle weather, daily"),
        "seattle_weather_daily.csv",
        N_("Rain, two temperatures and wind: several inputs for one target."),
        N_("°C"),
        "temp_max",
    ),
    Sample(
        "flu",
        N_("Influenza in the United States"),
        "us_flu_weekly.csv",
        N_("A wave each winter, weekly; some columns begin or end midway."),
        N_("% of visits"),
        "% WEIGHTED ILI",
    ),
    Sample(
        "macro",
        N_("Economy of the United States"),
        "us_macro_quarterly.csv",
        N_("Twelve quarterly indicators; year and quarter stand in two columns."),
        N_("billion dollars"),
        "realgdp",
    ),
    Sample(
        "nile",
        N_("Flow of the Nile"),
        "nile_yearly.csv",
        N_("A hundred years with one jump: too little for a net, and the scores say so."),
        N_("10⁸ m³"),
        "volume",
    ),
    Sample(
        "sunspots-yearly",
        N_("Sunspots, yearly"),
        "sunspots_yearly.csv",
        N_("The eleven-year cycle with only 309 points."),
        N_("sunspots"),
        "sunspots",
    ),
    *(Sample(t.key, t.title, f"task:{t.key}", t.description, "", t.target) for t in TASKS),
)
