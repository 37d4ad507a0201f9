"""SQL of accounts.

Which statement gives a page of the list:

| page                                                    | function                            | module     |
|---------------------------------------------------------|-------------------------------------|------------|
| no `q`                                                  | `select_by_sort`                    | list       |
| `q` by relevance, now, filters that search facets have  | `select_by_relevance`               | search     |
| `q` by relevance, now, other filters                    | `select_by_relevance_post_filtered` | search     |
| ... of which some thousand matches do not fill the page | `select_by_sort`                    | list       |
| `q` by relevance, as of a revision                      | `select_by_relevance_as_of`         | search     |
| ... a tier that many accounts match                     | `select_tier_by_index_scan`         | index_scan |
| ... other tiers                                         | `select_tiers_by_sort`              | list       |
| `q` with `sort`, many matches expected                  | `select_by_index_scan`              | index_scan |
| `q` with `sort`, few matches, or the scan gave up       | `select_by_sort`                    | list       |

Without `q` the route runs the query of `select_by_sort` together with those of `facets.plan_counts`: one round trip and
one state. With `q`, `select_accounts` in `search` chooses, except that `search_pages.select_relevance_page` reads the
current state by relevance itself. `directory explain URL` prints what a request runs, and `tests/accounts/statements/`
has the SQL of typical requests.
"""
