from directory.statements import column, join, number, place, write


def test_templates_are_filled_as_psycopg_fills_them() -> None:
    compared = write("{0} = {1} OR {0} IS NULL", column("accounts", 'a"b'), place("p0"))
    assert compared.as_string() == '"accounts"."a""b" = %(p0)s OR "accounts"."a""b" IS NULL'
    assert write("{} LIMIT {}", compared, number(5)).as_string() == f"{compared.as_string()} LIMIT 5"


def test_pieces_are_joined() -> None:
    assert join(" AND ", (write(text) for text in ("a", "b"))).as_string() == "a AND b"
    assert join(", ", ()).as_string() == ""


def test_the_same_is_written_once() -> None:
    assert write("{} = {}", column("id"), place("p0")) is write("{} = {}", column("id"), place("p0"))
    assert join(" OR ", [write("a")]) is join(" OR ", [write("a")])
