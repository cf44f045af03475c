"""The shape of every answer, in one place: typed dictionaries with meanings, units and ranges.

Builders return them and mypy proves it; no answer is validated at run time. FastAPI documents the same classes, and
`python -m docs.generate` writes the tables of `docs/routes.md` and the types of the Node client from that
description. A new field is a line of its class here, and a value where the class is built.
"""
