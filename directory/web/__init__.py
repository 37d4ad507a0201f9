"""Pages for people: the front page, the docs browser, and what each problem means."""
