"""Card 3: how the network is trained."""

from __future__ import annotations

from workbench.app.session import Session
from workbench.core.fields import settings_of
from workbench.core.fitting import idle
from workbench.core.problems import N_
from workbench.core.project import TrainSpec
from workbench.ui.cards import Card
from workbench.ui.forms import Form
from workbench.ui.text import DOT, count, plain, translate
from workbench.ui.theme import Theme

CHOICES = {entry.name: dict(entry.choices) for entry in settings_of(TrainSpec)}
LOSSES, OPTIMISERS = CHOICES["loss"], CHOICES["optimiser"]


class TrainCard(Card):
    """The settings of the training. Those that are live take effect at the next batch."""

    def __init__(self, session: Session) -> None:
        super().__init__("training", "3", translate(N_("Training")))
        self._session = session
        self.form = Form(
            settings_of(TrainSpec), lambda: session.project.train, lambda values: session.edit("train", **values)
        )
        self.body.addWidget(self.form)
        session.project_changed.connect(self.refresh)
        session.run_changed.connect(self._training_changed)
        self.refresh()

    def _training_changed(self, _run: object, kinds: frozenset[str]) -> None:
        if not kinds or "Ended" in kinds or "Started" in kinds:
            self.refresh()

    def refresh(self, *_changed: object) -> None:
        """Show the project as it is now."""
        train = self._session.project.train
        self.form.refresh(self._session.training != "idle", idle=idle(self._session.project))
        parts = [
            translate(N_("{optimiser} {rate}")).format(
                optimiser=translate(OPTIMISERS[train.optimiser]), rate=plain(train.learning_rate)
            ),
            translate(N_("batch {count}")).format(count=count(train.step_windows)),
            translate(LOSSES[train.loss]),
            translate(N_("clip {norm}")).format(norm=plain(train.clip)) if train.clip else translate(N_("no clipping")),
            translate(N_("at most {count} epochs")).format(count=count(train.epochs)),
            translate(N_("stop after {count} without gain")).format(count=count(train.patience)),
        ]
        self.set_summary(DOT.join(parts))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of `theme`."""
        super().set_theme(theme)
        self.form.set_theme(theme)
