"""Python that leaves the program: files that are copied as they are beside an exported model, and run without us.

They import numpy and torch or onnxruntime, and nothing of this package.
"""
