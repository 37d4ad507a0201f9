"""SQL of the reports: each function returns the rows of one, for a page or a file.

| report                                  | read by                                                       |
|-----------------------------------------|---------------------------------------------------------------|
| silent accounts, counted                | all matches; by department, from the index of departments     |
| silent accounts, listed                 | all matches, of which the longest silent are sorted           |
| duplicates, different names             | the index of departments, as far as the page goes             |
| shared names                            | the index of names, as far as the page goes                   |
| accounts on closed platforms            | the index of platforms, as far as the page goes               |
| accounts without a valid proof          | an index of such accounts alone                               |
| age of counts, by platform              | all matches                                                   |
| age of sources                          | sources and revisions, which are few, and the latest counts   |
"""
