"""The evaluation set of the search: made from the starter data by rules, independent of what the search returns.

`python -m tests.search.evaluation` counts the questions of each class; `make generate` writes them to
`tests/search/evaluation.ndjson`.

- `accounts`, `texts`, `readings`: the rows, what their texts say, and how Chinese is read
- `matching`, `answers`: the reference matcher, and the rule by which a query has a determined answer
- `picking`: the order in which a rule takes accounts
- `rules_…`: how each class makes its queries; `by_hand`: what no rule makes
"""
