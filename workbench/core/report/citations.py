"""The publications of exactly the methods a project uses."""

from __future__ import annotations

from workbench.core.cells import CELLS
from workbench.core.project import Project

ZENG = "Zeng, Chen, Zhang & Xu (2023). Are transformers effective for time series forecasting? AAAI. arXiv 2205.13504"
LIN = "Lin et al. (2023). SegRNN: segment recurrent neural network for long-term forecasting. arXiv 2308.11200"

NORMALISATIONS = {
    "last": ("minus last value", ZENG),
    "revin": (
        "RevIN",
        "Kim et al. (2022). Reversible instance normalization for time-series forecasting. ICLR",
    ),
}
DECODERS = {
    "direct": ("direct decoder", "Chevillon (2007). Direct multi-step estimation and forecasting. J. Econ. Surveys 21"),
    "recursive": (
        "recursive decoder",
        "Sutskever, Vinyals & Le (2014). Sequence to sequence learning with neural networks. NeurIPS. arXiv 1409.3215",
    ),
    "parallel": ("parallel segments", LIN),
}
OUTPUTS = {
    "quantiles": ("quantiles", "Koenker & Bassett (1978). Regression quantiles. Econometrica 46"),
    "gaussian": (
        "normal distribution",
        "Salinas et al. (2020). DeepAR: probabilistic forecasting with autoregressive recurrent networks. Int. J. "
        "Forecasting 36. arXiv 1704.04110",
    ),
    "student-t": ("Student's t", "Alexandrov et al. (2020). GluonTS: probabilistic and neural time series. JMLR 21"),
    "classes": (
        "softmax",
        "Bridle (1990). Probabilistic interpretation of feedforward outputs. Neurocomputing",
    ),
}
OPTIMISERS = {
    "adam": ("Adam", "Kingma & Ba (2015). Adam: a method for stochastic optimization. ICLR. arXiv 1412.6980"),
    "adamw": ("AdamW", "Loshchilov & Hutter (2019). Decoupled weight decay regularization. ICLR. arXiv 1711.05101"),
    "rmsprop": ("RMSprop", "Tieleman & Hinton (2012). Lecture 6.5: rmsprop. COURSERA: neural networks"),
    "sgd": ("SGD", "Robbins & Monro (1951). A stochastic approximation method. Ann. Math. Statist. 22"),
}
BPTT = (
    "backpropagation through time",
    "Werbos (1990). Backpropagation through time: what it does and how. Proc. IEEE 78",
)
CLIP = (
    "gradient clipping",
    "Pascanu, Mikolov & Bengio (2013). On the difficulty of training recurrent neural networks. ICML. arXiv 1211.5063",
)
FORCING = (
    "teacher forcing",
    "Williams & Zipser (1989). A learning algorithm for continually running fully recurrent networks. Neural Comput. 1",
)
SHARED = ("shared channels", "Nie et al. (2023). A time series is worth 64 words. ICLR. arXiv 2211.14730")
BOTH_WAYS = ("bidirectional", "Schuster & Paliwal (1997). Bidirectional recurrent neural networks. IEEE TSP 45")
AVERAGE = (
    "averaged weights",
    "Polyak & Juditsky (1992). Stochastic approximation by averaging. SIAM 30",
)
DROPOUT = ("dropout", "Srivastava et al. (2014). Dropout: a simple way to prevent overfitting. JMLR 15")
BOX_COX = ("Box-Cox power", "Box & Cox (1964). An analysis of transformations. J. R. Statist. Soc. B 26")
WAVES = ("harmonics of the calendar", "Taylor & Letham (2018). Forecasting at scale. The American Statistician 72")
MASE = ("MASE", "Hyndman & Koehler (2006). Another look at measures of forecast accuracy. Int. J. Forecasting 22")


def citations(project: Project, *, scaled_errors: bool) -> list[tuple[str, str]]:
    """Return (method, publication) of all that is used; those of the cell are its BibTeX entries."""
    data, model, train = project.data, project.model, project.train
    cell, options = CELLS[model.cell], model.cell_options
    found = [(cell.label, entry) for entry in cell.references_with(options)]
    segments = ("segments", LIN)
    optional = (
        (model.bidirectional, BOTH_WAYS),
        (model.dropout > 0, DROPOUT),
        (model.segment > 1 and model.decoder != "parallel", segments),
        (model.channels == "shared" and len(data.targets) > 1, SHARED),
        (model.decoder == "recursive" and model.teacher_forcing > 0, FORCING),
        (train.clip > 0, CLIP),
        (train.average > 0, AVERAGE),
        (data.power == "box-cox", BOX_COX),
        (bool(data.calendar) and data.harmonics > 1, WAVES),
        (scaled_errors, MASE),
    )
    if model.normalisation in NORMALISATIONS:
        found.append(NORMALISATIONS[model.normalisation])
    found.append(DECODERS[model.decoder])
    if model.output in OUTPUTS:
        found.append(OUTPUTS[model.output])
    found += [OPTIMISERS[train.optimiser], BPTT]
    return found + [entry for used, entry in optional if used]
