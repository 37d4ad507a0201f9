"""Forms of a handle under which look-alikes of it are found."""


def look_alike_keys(_platform: str, _handle: str) -> tuple[str, ...]:
    """Give the forms of a handle."""
    return ()
