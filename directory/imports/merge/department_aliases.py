"""Departments of the rows of an import that mean them by other names: for this import, and as aliases from then on."""

from collections import Counter
from dataclasses import dataclass

from psycopg import Connection

from directory.imports.merge.body_identity import Identities
from directory.imports.merge.stated_bodies import StatedBody


@dataclass(slots=True)
class Alias:
    """A name in a region by which rows mean a department of another name."""

    name_key: str
    region: str
    target_id: str | None
    target_key: str
    target_region: str


def assign_departments(conn: Connection, bodies: list[StatedBody], found: Identities) -> list[Alias]:
    """Assign each body the department, or new body, that it is; return those that are not found by their own name."""
    aliases: list[Alias] = []
    pinned: list[tuple[StatedBody, str]] = []
    for number, ((body, owner), node) in enumerate(zip(bodies, found.nodes, strict=True)):
        if body.department_id is not None or node == number:
            continue
        target = bodies[node].body if isinstance(node, int) else None
        aliases.append(
            Alias(
                body.name_key,
                body.region,
                node if isinstance(node, str) else None,
                target.name_key if target else body.name_key,
                target.region if target else body.region,
            )
        )
        if owner is not None and isinstance(node, str):
            pinned.append((bodies[number], node))
    _pin_statements(conn, pinned)
    # By a name that rows with other ids mean other bodies by, rows without ids mean none of these.
    counts = Counter((body.name_key, body.region) for body, _ in bodies if body.department_id is None)
    aliases = [alias for alias in aliases if counts[alias.name_key, alias.region] == 1]
    conn.execute(
        """
        UPDATE import_department_regions AS h
           SET (department_id, target_key, home_region) = (a.target_id, a.target_key, a.target_region)
          FROM unnest(%(keys)s::text[], %(regions)s::text[], %(ids)s::text[], %(target_keys)s::text[],
                      %(target_regions)s::text[]) AS a (name_key, region, target_id, target_key, target_region)
         WHERE h.department_id IS NULL AND (h.department_key, h.home_region) = (a.name_key, a.region)
        """,
        _parameters(aliases),
    )
    new: dict[tuple[str, str], list[str]] = {}
    for node, ids in found.ids.items():
        if isinstance(node, int) and ids:
            new.setdefault((bodies[node].body.name_key, bodies[node].body.region), ids)
    conn.execute(
        """
        INSERT INTO import_new_ids (name_key, region, external_ids)
        SELECT name_key, region, string_to_array(ids, ' ')
          FROM unnest(%(keys)s::text[], %(regions)s::text[], %(ids)s::text[]) AS n (name_key, region, ids)
        """,
        {
            "keys": [name_key for name_key, _ in new],
            "regions": [region for _, region in new],
            "ids": [" ".join(ids) for ids in new.values()],
        },
    )
    return aliases


def _pin_statements(conn: Connection, pinned: list[tuple[StatedBody, str]]) -> None:
    """Assign statements the department of their ids, whatever other rows mean by the same name."""
    conn.execute(
        """
        UPDATE import_statements AS s SET (department_key, department_id, digest) = ('', p.target_id, NULL)
          FROM unnest(%(keys)s::text[], %(regions)s::text[], %(owners)s::text[], %(ids)s::text[])
               AS p (name_key, region, owner, target_id),
               import_department_regions AS h, import_owned_statements AS o
         WHERE (h.department_key, h.region, h.department_type) = (s.department_key, s.region, s.department_type)
           AND (o.account_id, o.source, o.source_id) = (s.account_id, s.source, s.source_id)
           AND (p.name_key, p.region, p.owner) = (s.department_key, h.home_region, o.owner)
        """,
        {
            "keys": [stated.body.name_key for stated, _ in pinned],
            "regions": [stated.body.region for stated, _ in pinned],
            "owners": [stated.owner for stated, _ in pinned],
            "ids": [target for _, target in pinned],
        },
    )


def _parameters(aliases: list[Alias]) -> dict[str, list[str | None]]:
    return {
        "keys": [alias.name_key for alias in aliases],
        "regions": [alias.region for alias in aliases],
        "ids": [alias.target_id for alias in aliases],
        "target_keys": [alias.target_key for alias in aliases],
        "target_regions": [alias.target_region for alias in aliases],
    }


def insert_aliases(conn: Connection, aliases: list[Alias]) -> None:
    """Write the names by which rows mean departments of other names, new ones included."""
    conn.execute(
        """
        INSERT INTO department_aliases (name_key, region_code, department_id)
        SELECT a.name_key, nullif(a.region, ''), d.id
          FROM unnest(%(keys)s::text[], %(regions)s::text[], %(ids)s::text[], %(target_keys)s::text[],
                      %(target_regions)s::text[]) AS a (name_key, region, target_id, target_key, target_region)
          JOIN departments AS d
            ON CASE WHEN a.target_id IS NOT NULL THEN d.id = a.target_id
                    ELSE d.name_key = a.target_key AND coalesce(d.region_code, '') = a.target_region END
         -- A name without a region is that of many bodies: "Department of Education".
         WHERE (a.region <> '' OR d.region_code IS NULL)
           AND NOT EXISTS (SELECT FROM departments AS own
                            WHERE own.name_key = a.name_key AND coalesce(own.region_code, '') = a.region)
        ON CONFLICT DO NOTHING
        """,
        _parameters(aliases),
    )
