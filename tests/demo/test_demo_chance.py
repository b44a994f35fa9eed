import numpy as np

from retail_panel.demo.chance import Chance

MANY = 200_000


def test_stream_hangs_on_seed_and_part_only():
    assert Chance(0, "orders").uniform(3).tolist() == [0.233204664745157, 0.423527386017442, 0.10721586381690729]
    assert Chance(0, "orders").uniform(5)[:3].tolist() == Chance(0, "orders").uniform(3).tolist()
    assert Chance(1, "orders").uniform(1) != Chance(0, "orders").uniform(1) != Chance(0, "returns").uniform(1)


def test_whole_numbers_include_both_ends():
    drawn = Chance(0, "whole").whole(3, 5, MANY)
    assert np.bincount(drawn)[3:].size == 3
    assert np.allclose(np.bincount(drawn)[3:] / MANY, 1 / 3, atol=0.01)
    low, high = np.array([0, 10]), np.array([0, 11])
    assert all(a == 0 and b in (10, 11) for a, b in (Chance(seed, "ends").whole(low, high, 2) for seed in range(9)))


def test_pick_follows_the_weights():
    assert np.allclose(np.bincount(Chance(0, "pick").pick((1, 0, 3), MANY)) / MANY, [0.25, 0, 0.75], atol=0.01)


def test_pick_in_takes_the_weights_of_each_row():
    rows = np.tile([0, 2], MANY // 2)
    drawn = Chance(0, "pick in").pick_in(np.array([[1, 1, 0, 2], [9, 9, 9, 9], [0, 0, 5, 0]], float), rows)
    assert np.allclose(np.bincount(drawn[rows == 0]) / (MANY / 2), [0.25, 0.25, 0, 0.5], atol=0.01)
    assert set(drawn[rows == 2]) == {2}


def test_distributions_have_their_moments():
    chance = Chance(0, "moments")
    normal, exponential = chance.normal(MANY), chance.exponential(MANY)
    assert abs(normal.mean()) < 0.01 and abs(normal.std() - 1) < 0.01
    assert abs(exponential.mean() - 1) < 0.01 and exponential.min() >= 0
    assert abs(chance.rounded(np.full(MANY, 2.3)).mean() - 2.3) < 0.01
    assert abs(chance.yes(0.2, MANY).mean() - 0.2) < 0.01
