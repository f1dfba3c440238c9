"""Frames as an MP4, encoded by ffmpeg where the machine has it; it is a program of its own and is not bundled."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]

EVEN = "pad=ceil(iw/2)*2:ceil(ih/2)*2"
"""Players want an even width and height: half of the colours' resolution is kept."""

LONGEST_S = 120.0


def ffmpeg() -> str | None:
    """Return where the encoder is, None if there is none."""
    return shutil.which("ffmpeg")


def encode(program: str, path: Path, frames: Sequence[Frame], rate: float) -> None:
    """Write frames (height, width, 3), of which the first gives the size, to `path`, `rate` a second.

    Raises
    ------
    OSError
        With what the encoder said, if it failed; then nothing is left of the file.
    """
    height, width = (min(one.shape[axis] for one in frames) for axis in (0, 1))
    part = path.with_name(f".{path.name}.part.mp4")
    given = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{rate:.4f}", "-i", "pipe:0"]
    wanted = ["-vf", EVEN, "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", f"file:{part.absolute()}"]
    command = [program, "-y", "-loglevel", "error", *given, *wanted]
    try:
        said = _fed(command, [np.ascontiguousarray(one[:height, :width]) for one in frames])
        if said is not None:
            raise OSError(said or "ffmpeg")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _fed(command: Sequence[str], frames: Sequence[Frame]) -> str | None:
    """Run the encoder on frames; returns the last line of what it complained about, None if all went well."""
    with subprocess.Popen(  # noqa: S603 - a program the person installed, and arguments of our own
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it says why it gave up
            for frame in frames:
                process.stdin.write(frame.data)
        try:
            _out, complaints = process.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    if process.returncode == 0:
        return None
    lines = complaints.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
