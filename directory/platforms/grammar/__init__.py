"""The grammar of URLs and handles, platform by platform; it knows nothing of the registry.

`directory.platforms.addresses` is its interface. The rules of each platform are data (`platforms/data/*.toml`: hosts,
URL forms, patterns of handles, reserved words). A text goes through `urls` (which part is the URL; `markup`, `labels`),
`links` (the WHATWG URL parser), `redirects` (what a page leads to), `sites` (the platform of a host), `pages` (service
pages or profiles) and `forms` (the URL forms). `handles` and `rows` do the same for columns of a list.
"""
