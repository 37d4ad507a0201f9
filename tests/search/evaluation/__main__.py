"""Count the questions of each class."""

import sys

from tests.search.evaluation.evaluation_set import count_classes, questions

counts = count_classes(questions())
lines = [f"{count:5}  {kind}" for kind, count in counts.items()]
sys.stdout.write("\n".join([*lines, f"{counts.total():5}  over all"]) + "\n")
