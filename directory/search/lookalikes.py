"""Placeholder to be replaced when the branch lands."""
def look_alike_keys(platform: str, handle: str) -> tuple[str, ...]:
    return ()
