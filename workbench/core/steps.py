"""The steps of time a table can be put on."""

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
