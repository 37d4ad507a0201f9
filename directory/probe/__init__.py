"""`directory probe`: are accounts still there? Public endpoints that need no key are asked, politely.

`run.py` is what happens to one platform: which accounts are due, ask (`asking.py`, and a module for each way to ask),
judge, store (`queries.py`), report (`report.py`). What an answer means is in `results.py`.
"""
