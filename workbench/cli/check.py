"""``check``: show versions and devices, and test each cell against torch."""

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
    return 1 if failed else 0
