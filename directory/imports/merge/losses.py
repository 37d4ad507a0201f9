"""Losses: bodies of a kind that would have no account any more after an import.

A kind is the bodies of one type in one country, each with an account of its own (not of an office-holder) that a source
lists. A source that changes what it calls things, or that lies, empties a kind without being much shorter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from psycopg import Connection
from psycopg.rows import class_row

# Of fewer bodies each is more than 10 %: one that goes alone is no loss of the kind.
BODIES_MIN: Final = 10
_NAMED_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class KindLoss:
    """How many bodies of a kind had accounts before, how many fewer have some now, and the first that have none."""

    country: str
    department_type: str
    before: int
    lost: int
    first: Sequence[str]

    @property
    def percent(self) -> float:
        """The share that is lost, in percent."""
        return 100 * self.lost / self.before

    def __str__(self) -> str:
        return (
            f"{self.country}, {self.department_type}: {self.lost:,} of {self.before:,} bodies with accounts "
            f"({self.percent:.1f} %), such as {', '.join(self.first)}"
        )

    def as_json(self) -> dict[str, object]:
        """Return it as plain values for JSON."""
        return {
            "country": self.country,
            "department_type": self.department_type,
            "before": self.before,
            "lost": self.lost,
            "first": list(self.first),
        }


def stage_bodies(conn: Connection) -> None:
    """Create `import_bodies`: the bodies of accounts that the import takes from them, before it writes the accounts."""
    conn.execute(
        """
        CREATE TEMP TABLE import_bodies ON COMMIT DROP AS
        WITH taken AS (
            SELECT d.id
              FROM import_targets AS d
              JOIN accounts AS a USING (id)
             WHERE (d.department_id, d.region_code, d.subject,
                    CASE WHEN d.department_id IS NULL THEN d.department_type END)
                   IS DISTINCT FROM
                   (a.department_id, a.region_code, a.subject,
                    CASE WHEN d.department_id IS NULL THEN a.department_type END)
             UNION
            SELECT account_id FROM import_unlisted WHERE NOT is_listed
        )
        SELECT DISTINCT a.country, a.department_type, coalesce(a.department_id, a.id) AS body
          FROM taken
          JOIN accounts AS a USING (id)
         WHERE a.subject = 'body' AND a.department_type IS NOT NULL AND a.country IS NOT NULL
        """
    )


def select_losses(conn: Connection) -> list[KindLoss]:
    """Return the kinds with fewer bodies than before, after the accounts are written; not small ones that lost one."""
    with conn.cursor(row_factory=class_row(KindLoss)) as cursor:
        return cursor.execute(
            """
            WITH gone AS MATERIALIZED (
                SELECT b.country, b.department_type, b.body
                  FROM import_bodies AS b
                 WHERE NOT EXISTS (SELECT FROM accounts AS a
                                    WHERE a.department_id = b.body AND a.withdrawn_by IS NULL AND a.subject = 'body'
                                      AND (a.country, a.department_type) = (b.country, b.department_type))
                   AND NOT EXISTS (SELECT FROM accounts AS a
                                    WHERE a.id = b.body AND a.department_id IS NULL AND a.withdrawn_by IS NULL
                                      AND a.subject = 'body'
                                      AND (a.country, a.department_type) = (b.country, b.department_type))
            ), kinds AS (
                SELECT country, department_type, count(*) AS gone, array_agg(body) AS bodies
                  FROM gone GROUP BY country, department_type
            ), came AS (
                -- A body that got another name is one that went and one that came.
                SELECT a.country, a.department_type, count(DISTINCT coalesce(a.department_id, a.id)) AS came
                  FROM kinds AS k
                  JOIN accounts AS a ON (a.country, a.department_type) = (k.country, k.department_type)
                  JOIN import_targets AS d ON d.id = a.id
                 WHERE a.withdrawn_by IS NULL AND a.subject = 'body'
                   AND NOT EXISTS (SELECT FROM import_bodies AS b WHERE b.body = coalesce(a.department_id, a.id)
                                      AND (b.country, b.department_type) = (a.country, a.department_type))
                   AND NOT EXISTS (SELECT FROM accounts AS o
                                    WHERE o.department_id = a.department_id AND o.withdrawn_by IS NULL
                                      AND o.subject = 'body' AND o.country = a.country
                                      AND NOT EXISTS (SELECT FROM import_targets AS t WHERE t.id = o.id))
                 GROUP BY a.country, a.department_type
            ), compared AS (
                SELECT k.country, k.department_type, k.bodies, k.gone - coalesce(c.came, 0) AS lost,
                       (SELECT count(DISTINCT coalesce(a.department_id, a.id)) FROM accounts AS a
                         WHERE (a.country, a.department_type) = (k.country, k.department_type)
                           AND a.withdrawn_by IS NULL AND a.subject = 'body') AS remaining
                  FROM kinds AS k
                  LEFT JOIN came AS c USING (country, department_type)
            )
            SELECT country, department_type, remaining + lost AS before, lost,
                   ARRAY(SELECT coalesce(d.name, a.name, each.body)
                           FROM unnest(bodies) AS each (body)
                           LEFT JOIN departments AS d ON d.id = each.body
                           LEFT JOIN accounts AS a ON a.id = each.body
                          ORDER BY coalesce(d.name, a.name, each.body) COLLATE "C" LIMIT %(named)s) AS first
              FROM compared
             WHERE lost > 1 OR (lost = 1 AND remaining + lost >= %(least)s)
             ORDER BY lost::float8 / (remaining + lost) DESC, country, department_type
            """,
            {"named": _NAMED_MAX, "least": BODIES_MIN},
        ).fetchall()
