"""Which bodies of an import are one, and which departments, by equal external ids; contradictions are kept apart.

A body is a name in a region, or a department that the registry knows by them. Bodies with an equal id are one, unless
they have different ids of one scheme, are of different types, or lie in different regions, neither of which contains
the other. Such an id is not taken, and the body is the one that its name says: a wrong id never merges two bodies in
silence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from directory.departments.external_ids import BY_NAME

# Of one body a source may have so many names, in several languages for example. An id of more bodies is an error of the
# source: one value in all rows would merge all of its departments.
MAX_NAMES: Final = 5

Code = Literal[
    "several_ids", "several_bodies", "many_bodies", "another_id", "another_body", "another_type", "another_region"
]
# The id of a department, or the number of a body that no department is known for.
Node = str | int


class StatedId(NamedTuple):
    """An id that a source states of a body, and the position of the first row that does so."""

    external_id: str
    source: str
    position: int


@dataclass(frozen=True, slots=True)
class Body:
    """A body that rows name: its folded name and region, and the department that has both, if there is one.

    `path` is that of the region, empty if it is not known. `ids` are in the order of their positions. `types` are those
    that rows state, or that the department has, without `other`.
    """

    name_key: str
    region: str
    path: str
    department_id: str | None
    ids: tuple[StatedId, ...]
    types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class KnownDepartment:
    """A department of the registry with its ids; of several that are one the first by `rank` survives."""

    id: str
    path: str
    ids: tuple[str, ...]
    rank: int
    types: frozenset[str] = frozenset()


class Contradiction(NamedTuple):
    """An id that is not taken, why, and what it contradicts: another id, or nothing."""

    body: int
    stated: StatedId
    code: Code
    other: str | None = None


class Union(NamedTuple):
    """Two that are one, by an id."""

    survivor: Node
    other: Node
    external_id: str


@dataclass(slots=True)
class Identities:
    """What was found: the node of each body, the ids of each node, departments to merge, and contradictions."""

    nodes: list[Node] = field(default_factory=list)
    ids: dict[Node, list[str]] = field(default_factory=dict)
    merged: list[Union] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)


def scheme_of(external_id: str) -> str:
    """Return the scheme of an external id."""
    return external_id.partition(":")[0]


def find_identities(bodies: Sequence[Body], known: Mapping[str, KnownDepartment]) -> Identities:
    """Return which of the bodies, and of the departments known by their names and ids, are one."""
    return _Matching(bodies, known).run()


class _Matching:
    """Groups of nodes (union-find), with the ids and the region of each."""

    def __init__(self, bodies: Sequence[Body], known: Mapping[str, KnownDepartment]) -> None:
        self._bodies = bodies
        self._known = known
        self._parent: dict[Node, Node] = {}
        self._ids: dict[Node, dict[str, str]] = {}
        self._path: dict[Node, str] = {}
        self._types: dict[Node, frozenset[str]] = {}
        self._owner: dict[str, Node] = {}
        self._unions: list[Union] = []
        self._contradictions: list[Contradiction] = []
        for department in known.values():
            self._add(department.id, department.path, department.types)
            for external_id in department.ids:
                self._ids[department.id][scheme_of(external_id)] = external_id
                self._owner[external_id] = department.id

    def run(self) -> Identities:
        """Judge each stated id in the order of the rows."""
        of_many = _find_ids_of_many(self._bodies)
        own = [body.department_id or number for number, body in enumerate(self._bodies)]
        for number, body in enumerate(self._bodies):
            self._add(own[number], body.path, body.types)
            several = _find_several(body)
            ambiguous = self._find_ambiguous(
                own[number], [each for each in body.ids if each.external_id not in several]
            )
            for stated in body.ids:
                if (stated.source, stated.external_id) in of_many:
                    self._refuse(number, stated, "many_bodies")
                elif (other := several.get(stated.external_id)) is not None:
                    self._refuse(number, stated, "several_ids", other)
                elif (other := ambiguous.get(stated.external_id)) is not None:
                    self._refuse(number, stated, "several_bodies", other)
                else:
                    self._take(number, own[number], stated)
        nodes = [self._find(node) for node in own]
        ids: dict[Node, list[str]] = {
            node: sorted(by_scheme.values()) for node, by_scheme in self._ids.items() if self._find(node) == node
        }
        merged = [
            each._replace(survivor=self._find(each.survivor)) for each in self._unions if isinstance(each.other, str)
        ]
        return Identities(nodes, ids, merged, self._contradictions)

    def _add(self, node: Node, path: str, types: frozenset[str]) -> None:
        if node not in self._parent:
            self._parent[node], self._ids[node], self._path[node], self._types[node] = node, {}, path, types

    def _find(self, node: Node) -> Node:
        while self._parent[node] != node:
            self._parent[node] = node = self._parent[self._parent[node]]
        return node

    def _find_ambiguous(self, own: Node, ids: Sequence[StatedId]) -> dict[str, str]:
        """Return the ids of a body that are of others which cannot be one, each with an id of the other."""
        owned = {
            each.external_id: self._find(self._owner[each.external_id])
            for each in ids
            if each.external_id in self._owner
        }
        others = {external_id: root for external_id, root in owned.items() if root != self._find(own)}
        return {
            external_id: next(other for other, node in others.items() if not self._may_be_one(root, node))
            for external_id, root in others.items()
            if not all(self._may_be_one(root, node) for node in others.values())
        }

    def _may_be_one(self, one: Node, other: Node) -> bool:
        return (
            self._find_differing(one, other) is None
            and self._are_alike(one, other)
            and _are_within(self._path[one], self._path[other])
        )

    def _are_alike(self, one: Node, other: Node) -> bool:
        """Whether two may be of one type: a list that has the id of a city in the rows of its police, too, is wrong."""
        types, others = self._types[one], self._types[other]
        return not (types and others) or not types.isdisjoint(others)

    def _find_differing(self, one: Node, other: Node) -> str | None:
        """Return an id of one node of whose scheme the other has another id."""
        ids, others = self._ids[one], self._ids[other]
        return next((ids[each] for each in sorted(ids) if others.get(each, ids[each]) != ids[each]), None)

    def _take(self, number: int, own: Node, stated: StatedId) -> None:
        root, scheme = self._find(own), scheme_of(stated.external_id)
        owner = self._owner.get(stated.external_id)
        if owner is None:
            other = self._ids[root].setdefault(scheme, stated.external_id)
            if other == stated.external_id:
                self._owner[stated.external_id] = root
            else:
                self._refuse(number, stated, "another_id", other)
            return
        found = self._find(owner)
        if found == root:
            return
        differing = self._find_differing(root, found)
        if differing is not None:
            self._refuse(number, stated, "another_body", differing)
        elif not self._are_alike(root, found):
            self._refuse(number, stated, "another_type")
        elif not _are_within(self._path[root], self._path[found]):
            self._refuse(number, stated, "another_region")
        else:
            self._unite(root, found, stated.external_id)

    def _unite(self, one: Node, other: Node, external_id: str) -> None:
        survivor, gone = sorted((one, other), key=self._rank)
        self._parent[gone] = survivor
        self._ids[survivor] |= self._ids[gone]
        self._path[survivor] = self._path[survivor] or self._path[gone]
        self._types[survivor] |= self._types[gone]
        self._unions.append(Union(survivor, gone, external_id))

    def _rank(self, node: Node) -> tuple[bool, int]:
        """Return the order in which nodes survive: departments of the registry come first."""
        return (True, node) if isinstance(node, int) else (False, self._known[node].rank)

    def _refuse(self, number: int, stated: StatedId, code: Code, other: str | None = None) -> None:
        self._contradictions.append(Contradiction(number, stated, code, other))


def _find_ids_of_many(bodies: Iterable[Body]) -> set[tuple[str, str]]:
    """Return the pairs of a source and an id that it states of more bodies than can be one."""
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for body in bodies:
        for pair in {(stated.source, stated.external_id) for stated in body.ids}:
            counts[pair] += 1
    return {
        (source, external_id)
        for (source, external_id), count in counts.items()
        if count > (1 if BY_NAME[scheme_of(external_id)].is_shared else MAX_NAMES)
    }


def _find_several(body: Body) -> dict[str, str]:
    """Return the ids of a body that it has besides another one of the same scheme, each with the other one."""
    by_scheme: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for stated in body.ids:
        by_scheme[scheme_of(stated.external_id)][stated.external_id] = None
    return {
        external_id: next(other for other in ids if other != external_id)
        for ids in by_scheme.values()
        if len(ids) > 1
        for external_id in ids
    }


def _are_within(one: str, other: str) -> bool:
    """Whether one of two paths of regions lies within the other; of an unknown one nothing speaks against it."""
    return one.startswith(other) or other.startswith(one)
