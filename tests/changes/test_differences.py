from directory.changes.differences import FieldDifference, list_differences


def test_a_value_under_a_key_is_named_by_both_and_lists_are_one_value() -> None:
    before = {"id": "a", "followers": {"count": 1, "observed_at": "x"}, "tags": ["a"], "revision": 1}
    after = {"id": "a", "followers": {"count": 2, "observed_at": "x"}, "tags": ["a", "b"], "revision": 2}
    assert list_differences(before, after) == [
        FieldDifference("followers.count", 1, 2),
        FieldDifference("tags", ["a"], ["a", "b"]),
    ]


def test_what_came_under_a_key_or_went_is_told_value_by_value() -> None:
    department = {"id": "d", "name": "Bureau"}
    came, went = {"department": department}, {"department": None}
    assert list_differences(went, came) == [
        FieldDifference("department.id", None, "d"),
        FieldDifference("department.name", None, "Bureau"),
    ]
    assert list_differences(came, went) == [
        FieldDifference("department.id", "d", None),
        FieldDifference("department.name", "Bureau", None),
    ]


def test_of_a_new_record_all_is_told_that_is_known_and_does_not_follow_from_the_change() -> None:
    record: dict[str, object] = {
        "id": "a",
        "name": None,
        "tags": [],
        "links": {"self": "/"},
        "created_at": "x",
        "updated_at": "x",
    }
    assert list_differences(None, record) == [FieldDifference("id", None, "a"), FieldDifference("tags", None, [])]
