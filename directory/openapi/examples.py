"""Examples of the contract, generated from the starter data by `python -m tests.examples`."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final, cast

FOLDER: Final = resources.files("directory.openapi") / "data"
# By operation, then by parameter: values with results in the starter data.
PARAMETERS: Final = "parameters.json"


def add_examples(operation: dict[str, Any]) -> None:
    """Add the stored examples of its parameters and its response to an operation."""
    examples = _read_parameters().get(operation["operationId"], {})
    for parameter in operation["parameters"]:
        if parameter["name"] in examples:
            parameter["example"] = examples[parameter["name"]]
    for media_type, media in operation["responses"]["200"]["content"].items():
        answer = FOLDER / answer_name(operation["operationId"], media_type)
        if answer.is_file():
            text = answer.read_text(encoding="utf-8")
            media["example"] = json.loads(text) if answer.name.endswith(".json") else text


def answer_name(operation_id: str, media_type: str) -> str:
    """Return the name of the file with an example response; a line of NDJSON is stored as JSON."""
    return f"{operation_id}.{'json' if media_type.endswith('json') else 'txt'}"


def _read_parameters() -> dict[str, dict[str, object]]:
    file = FOLDER / PARAMETERS
    return cast("dict[str, dict[str, object]]", json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}
