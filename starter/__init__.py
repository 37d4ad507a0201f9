"""The build of the starter data: `make starter` writes `directory/imports/starter/starter.ndjson.gz`.

Its rows come from pinned releases of the npm package name-suggestion-index, and from the tables of this folder:
`releases.csv`, the releases; `reviewed.csv`, public bodies that the rules do not find; `excluded.csv`, what they find
and is none; `weibo.csv`, facts about accounts on Sina Weibo.
"""
