"""A model as a small HTTP service on this computer; needs the extra ``serve`` (FastAPI, uvicorn).

A request is a file from a stranger: it is bounded before it is read, read as the command line reads a file, and names
no file. Decision 109 says what may be asked and what is refused.
"""
