"""Connectors to public sources: `directory sync` fetches them, and imports their rows.

`sources.py` has the sources that an operator has configured, `run.py` is what happens to one of them: fetch (`fetch/`,
into a folder of `runs.py`), rows (a connector of `connectors/`), guard, import, report.
"""
