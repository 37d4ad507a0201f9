"""The platforms: reference data, the grammar of their addresses, and what the API says of them."""
