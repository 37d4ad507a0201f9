"""Look-alikes: handles and names that imitate a registered one.

A handle becomes keys when its account is indexed (`keys.look_alike_keys`). `transforms.split_handle` takes its name,
which is folded as it is written and as it looks (`skeletons`). Each form, without official words and a country code
(`transforms`), gives a coarsest form: one spelling for letters and digits that look alike, doubled letters once. Its
pinyin gives more keys, and so do its halves, of which one edit leaves one. They are in account_search.look_alikes.

A handle that is not registered is looked up by its own keys (`keys.query_keys`), and each account found is compared
with it (`similarity`). `explain` applies steps to both (width, skeleton, spelling, separators, digits, words) until
they have a form in common, then leaves out each step that was not needed. The rest are the reasons, and the product of
their scores is the similarity. Where no steps help, the same pinyin or one edit may.
"""
