"""``check``: show versions and devices, and test each cell against torch, and each device against double precision."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the verb."""
    parser = commands.add_parser("check", help="show versions and devices, and test each cell against torch")
    parser.set_defaults(command=_check)


def _check(_options: argparse.Namespace) -> int:
    from workbench.core.bundle import versions
    from workbench.core.devices import devices, use_few_threads
    from workbench.core.selfcheck import TOLERANCE, check_cells

    use_few_threads()
    for name, value in versions().items():
        print(f"{name:<12} {value}")
    for device in devices():
        print(f"{'device':<12} {device.key}: {device.label}")
    failed = 0
    for result in check_cells():
        failed += not result.passed
        word = "ok" if result.passed else "DIFFERS"
        print(
            f"{result.key:<12} {word}: step against torch {result.forward:.1e}, gradients {result.gradient:.1e}, "
            f"numpy {result.explained:.1e} (at most {TOLERANCE:.0e})"
        )
    failed += sum(not _device_is_right(device.key) for device in devices())
    return 1 if failed else 0


def _device_is_right(key: str) -> bool:
    """Hold every cell on a device to double precision, as is done before a training."""
    from workbench.core.backends import MOST_FORWARD, MOST_GRADIENT, check_backend
    from workbench.core.cells import CELLS
    from workbench.core.devices import chosen
    from workbench.core.placing import compute_in_full_precision
    from workbench.core.project import DataSpec, ModelSpec, Project

    compute_in_full_precision()
    data = DataSpec(targets=("y",), window=48, horizon=12)
    checks = [check_backend(Project(data=data, model=ModelSpec(cell=cell.key)), chosen(key)) for cell in CELLS]
    passed = all(check.passed for check in checks)
    forward, gradient = max(check.forward for check in checks), max(check.gradient for check in checks)
    print(
        f"{key:<12} {'ok' if passed else 'DIFFERS'}: all cells against double precision, forecasts {forward:.1e} "
        f"(at most {MOST_FORWARD:.0e}), gradients {gradient:.1e} (at most {MOST_GRADIENT:.0e})"
    )
    return passed
