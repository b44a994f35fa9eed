"""Names of clusters: a table of personas, of which each cluster gets the one that fits it best."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Persona:
    """A kind of customer.

    Parameters
    ----------
    name, description : str
        What a cluster of this kind is called, and one line on it.
    position : tuple of float
        Where its customers typically lie: recency (positive is longer ago), frequency and monetary value, in standard
        deviations of the log-scaled measure from the mean customer.
    is_negative : bool
        Whether it is for clusters whose mean monetary value is zero or less only.
    """

    name: str
    description: str
    position: tuple
    is_negative: bool = False


#: The first eight are the personas of the seed dashboard, without its fixed pounds and days, which fit one shop only.
#: The further ones keep up to ten clusters apart. Positions are our definition.
PERSONAS = (
    Persona("VIP Champions", "Bought recently, most often, and for the most money.", (-0.9, 1.3, 1.3)),
    Persona("Loyal Customers", "Buy more often and spend more than most.", (-0.3, 0.7, 0.7)),
    Persona("At-Risk Customers", "Used to buy well, but have not been in for a long time.", (0.8, 0.4, 0.4)),
    Persona("New Prospects", "Bought recently, few times and for little so far.", (-0.9, -0.9, -0.9)),
    Persona("High-Value Customers", "Spend much more than most.", (0.1, 0.2, 1.1)),
    Persona("Frequent Buyers", "Buy more often than most.", (0.0, 1.0, 0.2)),
    Persona("Recent Customers", "Bought very recently.", (-1.4, 0.0, 0.0)),
    Persona("Dormant Customers", "Bought little, and a long time ago.", (0.9, -0.9, -0.9)),
    Persona("Occasional Buyers", "Buy less often and for less than most.", (0.0, -0.6, -0.5)),
    Persona("Lapsing Customers", "Ordinary customers who have not been in for a while.", (0.6, -0.2, -0.1)),
    Persona("Big-Basket Buyers", "Few purchases, but large ones.", (0.1, -0.8, 0.6)),
    Persona("Small-Basket Regulars", "Buy as often as most or more, for small sums.", (0.0, 0.4, -0.8)),
    Persona("Steady Customers", "Near the average customer in recency, frequency and spend.", (-0.2, 0.1, 0.1)),
    Persona("Heavy Returners", "Gave back as much as they bought, or more.", (0.3, -0.3, -3.0), True),
    Persona("Recent Returners", "Bought recently, but gave back as much or more.", (-0.9, 0.2, -3.0), True),
)
EVERYBODY = Persona("All Customers", "One group only: these customers cannot be told apart.", (0.0, 0.0, 0.0))
#: How much better (in squared deviations, over all clusters) other names must fit before a cluster loses its name.
HOLD = 0.5
#: Weight of lying on the wrong side of the mean customer, beside distance: "recently" is not said of the long gone.
CONTRADICTION = 4.0
UNFIT = 1e6


def personas_of(positions, monetary, earlier=()):
    """Choose a persona for each cluster, no two alike.

    The choice as a whole is the one of least total misfit: the squared distance between cluster and persona, and more
    where they lie on different sides of the mean customer.

    Parameters
    ----------
    positions : array_like, shape (k, 3)
        Centres, in standard deviations of log-scaled recency, frequency and monetary value from the mean customer.
    monetary : array_like, shape (k,)
        Mean monetary value of each cluster, any unit.
    earlier : sequence of str, optional
        Names the clusters had before rows arrived; a cluster keeps its name unless another fits clearly better.

    Returns
    -------
    tuple of Persona
        One per cluster, with k different names. A single cluster is :data:`EVERYBODY`.
    """
    from scipy.optimize import linear_sum_assignment

    positions = np.asarray(positions, dtype=float).reshape(-1, 1, 3)
    if len(positions) == 1:
        return (EVERYBODY,)
    typical = np.array([persona.position for persona in PERSONAS])
    misfit = ((positions - typical) ** 2).sum(axis=2)
    misfit += CONTRADICTION * np.maximum(0, -positions * typical).sum(axis=2)
    is_unfit = (np.asarray(monetary)[:, None] > 0) & [persona.is_negative for persona in PERSONAS]
    misfit += UNFIT * is_unfit
    names = [persona.name for persona in PERSONAS]
    for i, name in enumerate(earlier):
        misfit[i, names.index(name)] -= HOLD
    _, chosen = linear_sum_assignment(misfit)
    return tuple(PERSONAS[j] for j in chosen)
