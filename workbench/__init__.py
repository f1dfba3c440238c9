"""Sequence Workbench: train a recurrent cell on a time series and watch it think."""

__version__ = "0.1.0"
