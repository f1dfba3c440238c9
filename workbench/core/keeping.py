"""Keep a training on disk while it runs: events as they come, a checkpoint now and then, by a thread of its own.

The training hands over events and copies of its state, and never waits for the disk. One thread writes them in order:
a checkpoint knows how long the log was, so that going on from it repeats nothing and leaves nothing out.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque

import numpy as np

from workbench.core.bundle import versions
from workbench.core.dataset import Dataset
from workbench.core.eventlog import event_json
from workbench.core.events import Event, Probed
from workbench.core.files import write_atomically, write_generation
from workbench.core.history import BUDGET_BYTES, compact, size_of, thinned
from workbench.core.journal import Journal
from workbench.core.lock import RunLock
from workbench.core.probefile import probe_bytes, probe_name
from workbench.core.problems import N_, Problem, ProblemKind, WorkbenchError, problem
from workbench.core.project import Project
from workbench.core.saved import Snapshot, checkpoint_bytes
from workbench.core.store import RunFolder, checked_free

EPOCH_APART_S = 1.0
"""Epochs that are shorter share a checkpoint."""

BATCH_APART_S = 15.0
"""Within a long epoch one is taken this often: with the time to write it, well below 30 s may be lost."""

MOST_SHARE = 0.01
"""At most this share of the time is spent on copying the state, as long as the 30 s allow."""

GATHER_S = 0.1
"""The writer takes together what arrives within this time."""

CLOSING_S, LEAVING_S = 30.0, 1.0
"""How long a slow disk is waited for at the end of a training, and when the program is being closed."""

NOT_KEPT = ProblemKind(
    "not-kept",
    "warning",
    N_("A checkpoint of {bytes} bytes could not be written to {path}: {reason}. Training goes on."),
    N_("Make room, or make the folder writable: it is tried again. What was kept before is still whole."),
    action="show-file",
)
KEPT_AGAIN = ProblemKind(
    "kept-again",
    "note",
    N_("Checkpoints are written again to {path}."),
    N_("Nothing needs to be done."),
)
WRITER_ENDED = ProblemKind(
    "writer-ended",
    "warning",
    N_("The part that writes checkpoints to {path} has failed. Training goes on, and is not kept any more."),
    N_("Export the model when the training has ended, and report what the program printed."),
)


class Keeper:
    """Writes one run, from :meth:`begun` or :meth:`gone_on` until :meth:`close`.

    Attributes
    ----------
    leaving
        True while the program goes: an end by Stop is then no end of the run, which can be gone on with.
    """

    def __init__(self, folder: RunFolder, dataset: Dataset, lock: RunLock, log_bytes: int | None) -> None:
        self.folder, self.leaving = folder, False
        self._dataset, self._lock = dataset, lock
        self._journal = Journal(folder.events, log_bytes)
        self._items: deque[Event | Snapshot | None] = deque()
        self._told: deque[Problem] = deque([lock.told] if lock.told is not None else [])
        self._wake = threading.Condition()
        self._closing = self._failed = self._dead_told = False
        self._prepared, self._versions = "", versions()
        self._probes: dict[int, int] = {}  # epoch and bytes of what lies in the folder
        self._stride = 1
        self._saves, self._saved_s, self._cost_s = 0, time.monotonic(), 0.0
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    @staticmethod
    def begun(folder: RunFolder, project: Project, dataset: Dataset) -> Keeper:
        """Begin a new run in `folder`, in place of an ended one.

        Raises
        ------
        WorkbenchError
            ``cannot-write``, ``run-locked``, or ``unfinished-run`` where one would be lost.
        """
        write_atomically(folder.path / ".writable", b"")  # makes the folder, too
        (folder.path / ".writable").unlink(missing_ok=True)
        checked_free(folder)
        lock = RunLock.acquired(folder.path)
        try:
            folder.begin(project, versions(), dataset.fit)
        except WorkbenchError:
            lock.release()
            raise
        return Keeper(folder, dataset, lock, 0)

    @staticmethod
    def gone_on(folder: RunFolder, dataset: Dataset, log_bytes: int) -> Keeper:
        """Go on with the run in `folder` behind the first `log_bytes` of its log.

        Raises
        ------
        WorkbenchError
            ``cannot-write`` or ``run-locked``.
        """
        return Keeper(folder, dataset, RunLock.acquired(folder.path), log_bytes)

    # -- in the thread of the training --------------------------------------------------------------------

    def tell(self, event: Event) -> None:
        """Take an event."""
        with self._wake:
            self._items.append(event)
            self._wake.notify()

    def due(self, stride: str) -> bool:
        """Return whether a checkpoint should be taken behind an ``epoch``, or within one."""
        passed = time.monotonic() - self._saved_s
        if stride != "epoch" or (self._saves and passed < EPOCH_APART_S):
            return passed >= BATCH_APART_S
        return self._cost_s <= MOST_SHARE * passed or passed >= BATCH_APART_S or not self._saves

    def save(self, snapshot: Snapshot, cost_s: float = 0.0) -> None:
        """Take a checkpoint, which took `cost_s` seconds to copy. One that still waits is superseded by it."""
        with self._wake:
            for place, item in enumerate(self._items):
                if isinstance(item, Snapshot):
                    self._items[place] = None
            self._items.append(snapshot)
            self._wake.notify()
        self._saves, self._saved_s, self._cost_s = self._saves + 1, time.monotonic(), cost_s

    def noticed(self) -> list[Problem]:
        """Return what went wrong with writing since it was last asked; each is told once."""
        if not self._thread.is_alive() and not self._dead_told and not self._closing:
            self._dead_told = True
            self._told.append(problem(WRITER_ENDED, path=str(self.folder.path)))
        found = []
        while self._told:
            found.append(self._told.popleft())
        return found

    def close(self, wait_s: float = CLOSING_S) -> None:
        """Write what waits, and give the folder free. A disk that hangs is waited for at most `wait_s`."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(wait_s)
        if not self._thread.is_alive():
            self._journal.close()
            self._lock.release()

    # -- in the thread of its own -------------------------------------------------------------------------

    def _run(self) -> None:
        self._prepared = fingerprint(self._dataset)
        self._journal.open()
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._items or self._closing)
                if not self._closing:
                    self._wake.wait_for(lambda: self._closing, GATHER_S)
                items, closing = list(self._items), self._closing
                self._items.clear()
            for item in items:
                if isinstance(item, Snapshot):
                    self._write(item)
                elif item is not None:
                    self._journal.add(event_json(item))
                    if isinstance(item, Probed) and not item.live:
                        self._keep_probe(item)
            self._journal.flush()
            if closing and not self._items:
                self._journal.sync()
                return

    def _write(self, snapshot: Snapshot) -> None:
        newest, previous = self.folder.checkpoints
        content = b""
        try:
            self._journal.sync()
            content = checkpoint_bytes(snapshot, self._prepared, self._journal.length, self._versions)
            if self._journal.problem is not None:
                raise self._journal.problem
            write_generation(newest, previous, content)
        except WorkbenchError as error:
            if not self._failed:
                reason = error.problem.values.get("reason", "")
                self._told.append(problem(NOT_KEPT, bytes=len(content), path=str(newest), reason=reason))
            self._failed = True
            return
        if self._failed:
            self._failed = False
            self._told.append(problem(KEPT_AGAIN, path=str(self.folder.path)))

    def _keep_probe(self, event: Probed) -> None:
        """Write a probe; a picture that cannot be kept is no reason to say more than the checkpoint does."""
        event = compact(event)
        try:
            write_atomically(self.folder.probes / probe_name(event.epoch), probe_bytes(event))
        except WorkbenchError:
            return
        self._probes[event.epoch] = size_of(event)
        stay = thinned(self._probes, self._stride)
        while sum(self._probes[epoch] for epoch in stay) > BUDGET_BYTES and len(stay) > 2:
            self._stride *= 2
            stay = thinned(self._probes, self._stride)
        for gone in set(self._probes) - set(stay):
            del self._probes[gone]
            (self.folder.probes / probe_name(gone)).unlink(missing_ok=True)


def fingerprint(dataset: Dataset) -> str:
    """Return a checksum of all numbers of a dataset that a training reads."""
    digest = hashlib.sha256()
    for values in (dataset.scaled, dataset.labels, dataset.known, dataset.train.start, dataset.valid.start):
        digest.update(f"{values.dtype.str} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
