"""The pace keeps its mean, evenly or in bursts."""

import math
import random

import numpy as np
import pytest

from retail_panel.simulate import Pace


def dues(rate, burst, seconds, step=0.1):
    """Return what is due after each step."""
    pace = Pace(rate, burst, random.Random(3))
    return np.array([pace.due(step * number) for number in range(round(seconds / step) + 1)])


def test_an_even_stream():
    found = dues(10, 1, 60)
    assert found[0] == 0 and np.abs(found - np.arange(601)).max() <= 1


@pytest.mark.parametrize("burst", [2, 10])
def test_bursts_keep_the_mean(burst):
    found = dues(20, burst, 20_000, step=1.0)
    assert (np.diff(found) >= 0).all()
    assert found[-1] == pytest.approx(400_000, rel=0.1)
    assert set(np.diff(found)) == {0, 20 * burst}


def test_as_fast_as_it_goes():
    assert math.isinf(Pace(math.inf, 1, random.Random(0)).due(0.0))
