"""The steps of time a table can be put on."""

from workbench.core.problems import N_
from workbench.core.table import Step

STEPS: dict[str, Step] = {
    "1min": Step(60, "second"),
    "5min": Step(300, "second"),
    "15min": Step(900, "second"),
    "30min": Step(1_800, "second"),
    "1h": Step(3_600, "second"),
    "6h": Step(21_600, "second"),
    "1d": Step(86_400, "second"),
    "1w": Step(604_800, "second"),
    "1mo": Step(1, "month"),
    "3mo": Step(3, "month"),
    "1y": Step(12, "month"),
}

STEP_LABELS: dict[str, str] = {
    "1min": N_("1 minute"),
    "5min": N_("5 minutes"),
    "15min": N_("15 minutes"),
    "30min": N_("30 minutes"),
    "1h": N_("1 hour"),
    "6h": N_("6 hours"),
    "1d": N_("1 day"),
    "1w": N_("1 week"),
    "1mo": N_("1 month"),
    "3mo": N_("1 quarter"),
    "1y": N_("1 year"),
}

AGGREGATE_LABELS: dict[str, str] = {
    "mean": N_("mean"),
    "sum": N_("sum"),
    "first": N_("first"),
    "last": N_("last"),
    "min": N_("smallest"),
    "max": N_("largest"),
}
"""What can become of the rows that fall into one step."""
