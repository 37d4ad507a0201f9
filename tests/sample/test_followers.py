from directory.sample.followers import SCALE, Followers


def test_without_advantages_the_followers_are_scale_by_rank() -> None:
    followers = Followers({"all": (1_000, 1)}, start=1)
    numbers = sorted((followers.draw("all") for _ in range(1_000)), reverse=True)
    assert all(0.5 < number * rank / SCALE <= 2 for rank, number in enumerate(numbers, start=1))


def test_an_advantage_brings_members_to_the_top_and_keeps_the_law() -> None:
    followers = Followers({"few": (1_000, 20), "many": (9_000, 1)}, start=2**63)
    drawn = [(followers.draw(name), name) for name in ["few"] * 1_000 + ["many"] * 9_000]
    drawn.sort(reverse=True)
    top = [name for _, name in drawn[:100]]
    assert 50 < top.count("few") < 90
    assert all(0.8 < number * rank / SCALE < 1.2 for rank, (number, _) in enumerate(drawn, start=1) if rank > 50)
    assert drawn[0][0] <= 2 * SCALE


def test_the_next_seed_begins_elsewhere() -> None:
    assert Followers({"all": (9, 1)}, 1).draw("all") != Followers({"all": (9, 1)}, 2**62).draw("all")
