"""Where rows of the registry came from, with licence."""
