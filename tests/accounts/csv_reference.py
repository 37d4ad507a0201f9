"""The rule by which a record becomes a row of the CSV, read from `docs/api.md`."""

from typing import Any

from directory.accounts.csv import COLUMNS


def flatten(document: dict[str, Any]) -> dict[str, str]:
    """Return the cells of a record by the rule that docs/api.md states."""
    cells = dict.fromkeys((column.name for column in COLUMNS), "")
    for key, value in document.items():
        if isinstance(value, dict):
            below = {f"{key}.{name}": item for name, item in value.items() if not isinstance(item, dict)}
            below |= {
                f"{key}.{name}.{leaf}": each
                for name, item in value.items()
                if isinstance(item, dict)
                for leaf, each in item.items()
            }
            cells |= {name: "" if item is None else str(item) for name, item in below.items()}
        elif isinstance(value, list):
            texts = [item if isinstance(item, str) else f"{item['language'] or ''}:{item['name']}" for item in value]
            cells[key] = "|".join(text.replace("\\", "\\\\").replace("|", "\\|") for text in texts)
        elif key in cells:
            cells[key] = "" if value is None else str(value)
    return cells
