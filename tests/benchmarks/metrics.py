"""Our measures beside those of scikit-learn and utilsforecast, on the same random panels.

Needs an environment of its own with ``pandas scikit-learn utilsforecast`` besides numpy and this package's
dependencies: ``python tests/benchmarks/metrics.py`` prints the largest relative difference of each measure.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from workbench.core.metrics import Errors, Report
from workbench.core.scales import Scale

SERIES, WINDOWS, HORIZON, SEASON, TRAIN = 5, 7, 12, 4, 90
LEVELS = (0.1, 0.5, 0.9)


def panel(seed: int) -> dict[str, np.ndarray]:
    """Return training rows (S, R), truth and forecasts (S, N, Q), a band and quantiles around them."""
    random = np.random.default_rng(seed)
    level = 10.0 ** random.uniform(0, 5, SERIES)[:, None, None]
    truth = level * (1 + 0.3 * random.normal(size=(SERIES, WINDOWS, HORIZON)))
    forecast = truth + level * 0.2 * random.normal(size=truth.shape)
    quantiles = forecast[..., None] + level[..., None] * np.array([-0.3, 0.0, 0.3])
    train = level[:, :, 0] * (1 + 0.3 * random.normal(size=(SERIES, TRAIN)))
    return {"train": train, "truth": truth, "forecast": forecast, "quantiles": quantiles}


def ours(found: dict[str, np.ndarray]) -> Report:
    """Measure them."""
    apart = found["train"][:, SEASON:] - found["train"][:, :-SEASON]
    scale = Scale(SEASON, np.abs(apart).mean(axis=1)[:, None], (apart**2).mean(axis=1)[:, None])
    errors = Errors(HORIZON, 1, SERIES, LEVELS, (0.8,))
    for series in range(SERIES):
        errors.add(
            found["truth"][series][..., None],
            found["forecast"][series][..., None],
            np.full(WINDOWS, series),
            quantiles=found["quantiles"][series][:, :, None, :],
            bands={0.8: (found["quantiles"][series][..., :1], found["quantiles"][series][..., 2:])},
        )
    return Report("model", errors, scale)


def theirs(found: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the mean over series of utilsforecast's, and scikit-learn's where it has the measure."""
    import pandas as pd
    from sklearn import metrics as sk
    from utilsforecast import losses

    count = WINDOWS * HORIZON
    names = np.repeat(np.arange(SERIES), count)
    frame = pd.DataFrame(
        {
            "unique_id": names,
            "ds": np.tile(np.arange(count), SERIES),
            "y": found["truth"].ravel(),
            "m": found["forecast"].ravel(),
            **{f"q{k}": found["quantiles"][..., k].ravel() for k in range(3)},
            "m-lo-80": found["quantiles"][..., 0].ravel(),
            "m-hi-80": found["quantiles"][..., 2].ravel(),
        }
    )
    train = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(SERIES), TRAIN),
            "ds": np.tile(np.arange(TRAIN), SERIES),
            "y": found["train"].ravel(),
        }
    )

    def mean(table: pd.DataFrame) -> float:
        return float(table["m"].mean())

    y, f = frame["y"], frame["m"]
    pinball = np.mean([sk.mean_pinball_loss(y, frame[f"q{k}"], alpha=level) for k, level in enumerate(LEVELS)])
    r2 = 1 - ((y - f) ** 2).sum() / ((y - y.groupby(names).transform("mean")) ** 2).sum()
    return {
        "mae": sk.mean_absolute_error(y, f),
        "mse": sk.mean_squared_error(y, f),
        "rmse": sk.root_mean_squared_error(y, f),
        "r2": r2,
        "pinball": float(pinball),
        "mae (utilsforecast)": mean(losses.mae(frame, ["m"])),
        "bias": mean(losses.bias(frame, ["m"])),
        # Theirs goes from 0 to 1.
        "smape": 200.0 * mean(losses.smape(frame, ["m"])),
        "mase": mean(losses.mase(frame, ["m"], seasonality=SEASON, train_df=train)),
        "rmsse": mean(losses.rmsse(frame, ["m"], seasonality=SEASON, train_df=train)),
        "coverage": mean(losses.coverage(frame, ["m"], level=80)),
        "r2 of one series (scikit-learn)": sk.r2_score(y[names == 0], f[names == 0]),
        "wape of one series (utilsforecast)": mean(losses.nd(frame[names == 0], ["m"])),
    }


def main() -> None:
    """Print the largest relative difference of each measure over 20 panels."""
    worst: dict[str, float] = {}
    for seed in range(20):
        found = panel(seed)
        report = ours(found)
        for name, value in theirs(found).items():
            key = name.split(" ")[0]
            by_series = report.by(("series",), key)
            own = report.value(key) if "one series" not in name or by_series is None else float(by_series[0])
            assert own is not None
            worst[name] = max(worst.get(name, 0.0), abs(own - value) / max(abs(value), 1e-300))
    for name, difference in worst.items():
        print(f"{name:<40}{difference:.1e}")


if __name__ == "__main__":
    main()
