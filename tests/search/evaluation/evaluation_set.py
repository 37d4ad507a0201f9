"""The evaluation set: all rules in their order, and the queries by hand."""

import json
from collections import Counter
from pathlib import Path

from tests.search.evaluation import (
    by_hand,
    rules_fields,
    rules_forms,
    rules_han,
    rules_order,
    rules_pinyin,
    rules_typos,
    rules_words,
)
from tests.search.evaluation.picking import Question

PATH = Path(__file__).parent.parent / "evaluation.ndjson"
RULES = (
    *rules_han.RULES,
    *rules_pinyin.RULES,
    *rules_forms.RULES,
    *rules_words.RULES,
    *rules_typos.RULES,
    *rules_fields.RULES,
    *rules_order.RULES,
)


def questions() -> list[Question]:
    """Return all questions, those of one class together, and none twice."""
    made = [question for rule in RULES for question in rule.questions()]
    found = {(question.kind, question.asked): question for question in (*made, *by_hand.questions())}
    kinds = dict.fromkeys(question.kind for question in found.values())
    return [question for kind in kinds for question in found.values() if question.kind == kind]


def count_classes(made: list[Question]) -> Counter[str]:
    """Count the questions of each class."""
    return Counter(question.kind for question in made)


def write_lines(made: list[Question]) -> str:
    """Return the set as it is committed, a question a line."""
    return "".join(json.dumps(question.record(), ensure_ascii=False) + "\n" for question in made)
