"""Flows between two sides: who came from where, as bands between bars."""

from dataclasses import dataclass

import holoviews as hv
import numpy as np
import pandas as pd
from bokeh.models import Patches

from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.layers import Layer, words
from retail_panel.studies.look import FREE

#: Bars lower than this share of their side carry no label, which would lie over the next one.
LEAST_LABELLED = 0.02
LONGEST = 20
#: Bars and bands lie in so many units from side to side and from top to bottom.
ACROSS, DOWN, BAR = 1000, 500, 16
#: Between two bars of a side at least, and between a bar and its name.
APART, ASIDE = 5, 8
#: How solid bands are; those that are picked and those beside them; the one under the pointer.
ALPHA, PICKED, POINTED = 0.4, (0.75, 0.15), 0.75
#: How far a band has gone over at each of its places, from 0 to 1: at its ends it leaves and meets the bars level.
PLACES = np.linspace(0, 1, 25)
GONE = PLACES**2 * (3 - 2 * PLACES)


@dataclass(frozen=True)
class Laid:
    """Where bars and bands lie.

    Attributes
    ----------
    bars : pandas.DataFrame
        One row a name of either side: ``side``, ``name``, ``top``, ``bottom``, and ``part``, its share of the side.
    bands : numpy.ndarray
        Of shape (flows, 4): where each begins and ends on the left, and on the right.
    """

    bars: pd.DataFrame
    bands: np.ndarray

    @property
    def outlines(self):
        """The bands as polygons, an array of shape (flows, points, 2)."""
        over = BAR + PLACES * (ACROSS - 2 * BAR)
        upper, lower = (self.bands[:, [i]] + (self.bands[:, [i + 2]] - self.bands[:, [i]]) * GONE for i in (0, 1))
        down = np.concatenate([upper, lower[:, ::-1]], axis=1)
        return np.stack([np.broadcast_to(np.concatenate([over, over[::-1]]), down.shape), down], axis=2)

    def picked(self, x, y):
        """Return what lies at axis coordinates.

        Returns
        -------
        tuple of (int, str) or None
            The number of a flow, as they were given, and ``band``; or ``source`` or ``target`` for the bar that it
            leaves or reaches. None beside all.
        """
        if not 0 <= x <= ACROSS:
            return None
        part = "source" if x < BAR else "target" if x > ACROSS - BAR else "band"
        # A bar holds the ends of its bands.
        gone = np.interp((x - BAR) / (ACROSS - 2 * BAR), PLACES, GONE)
        upper, lower = (self.bands[:, i] + (self.bands[:, i + 2] - self.bands[:, i]) * gone for i in (0, 1))
        # The last one is drawn over the others.
        found = np.flatnonzero((upper <= y) & (y < lower))
        return (int(found[-1]), part) if len(found) else None


def laid(flows, value, order=()):
    """Lay flows out.

    Parameters
    ----------
    flows : pandas.DataFrame
        As in :func:`sankey`.
    value : str
        Column of the width of a band.
    order : sequence of str
        Names of either side from the top; those that are not among them stand below.

    Returns
    -------
    Laid
    """
    widths = flows[value].to_numpy(float)
    whole = widths.sum() or 1.0
    names = {}
    for side in ("source", "target"):
        held = dict.fromkeys(flows[side])
        names[side] = [name for name in order if name in held] + [name for name in held if name not in order]
    unit = (DOWN - APART * (max(map(len, names.values()), default=1) - 1)) / whole
    place = {side: flows[side].map({name: i for i, name in enumerate(held)}).to_numpy() for side, held in names.items()}
    bars, bands = [], np.zeros((len(flows), 4))
    for i, (side, other) in enumerate((("source", "target"), ("target", "source"))):
        held = np.bincount(place[side], widths, len(names[side])) if len(flows) else np.zeros(0)
        gap = (DOWN - unit * whole) / (len(held) - 1) if len(held) > 1 else 0.0
        tops = np.concatenate([[0.0], np.cumsum(unit * held + gap)[:-1]]) if len(held) else held
        bars.append(pd.DataFrame({
            "side": side, "name": names[side], "top": tops, "bottom": tops + unit * held, "part": held / whole,
        }))  # fmt: skip
        turn = np.lexsort((place[other], place[side]))
        ends = np.cumsum(widths[turn])
        before = np.concatenate([[0.0], np.cumsum(held)[:-1]]) if len(held) else held
        lows = tops[place[side][turn]] + unit * (ends - before[place[side][turn]])
        bands[turn, 2 * i + 1], bands[turn, 2 * i] = lows, lows - unit * widths[turn]
    return Laid(pd.concat(bars, ignore_index=True), bands)


def sankey(flows, value, look, unit, colours, tips=(), order=(), picked=None):
    """Draw flows from a left to a right side.

    Parameters
    ----------
    flows : pandas.DataFrame
        One row per pair: ``source``, ``target`` (the two sides may share names), the value, zero or more, and what the
        hover tells.
    value, unit : str
        Column of the width of a band, and its unit.
    look : Look
        What the drawing must suit.
    colours : dict of str to str
        Colour by name; a band has that of its source.
    tips : sequence of (str, str) or (str, str, str)
        What else the hover says: words, column, and the unit where it is a figure.
    order : sequence of str
        As in :func:`laid`.
    picked : sequence of bool, optional
        Which flows stand out; None for all alike.

    Returns
    -------
    holoviews.Rectangles
        The bars; the bands lie beside them.
    """
    found = laid(flows, value, order)
    bars = found.bars.assign(left=np.where(found.bars.side == "source", 0, ACROSS - BAR))
    bars = bars.assign(right=bars.left + BAR, colour=bars.name.map(colours).astype(object))
    drawn = hv.Rectangles(bars, ["left", "top", "right", "bottom"], ["colour"]).opts(
        color="colour", invert_yaxis=True, xaxis=None, yaxis=None, xlim=(0, ACROSS), ylim=(0, DOWN), tools=[], **FREE
    )
    layers = [_bands(found, flows, value, look, unit, colours, tips, picked), *_names(bars, look)]
    return look.dressed(drawn, legend=None, layers=layers, default_tools=[])


def _bands(found, flows, value, look, unit, colours, tips, picked):
    told = (("From", "source"), ("To", "target"), ("", value, unit), *tips)
    outlines = found.outlines
    columns = {
        "xs": list(outlines[:, :, 0]), "ys": list(outlines[:, :, 1]),
        "colour": flows.source.map(colours).to_numpy(object),
        "alpha": np.full(len(flows), ALPHA) if picked is None else np.where(picked, *PICKED),
    }  # fmt: skip
    for i, (_, column, *its_unit) in enumerate(told):
        held = [look.write(each, *its_unit) if its_unit else str(each) for each in flows[column]]
        columns[f"tip{i}"] = np.array(held, dtype=object)
    tips = tuple((line[0], f"@tip{i}") for i, line in enumerate(told))
    plain = {"fill_color": "colour", "fill_alpha": "alpha", "line_alpha": 0}
    return Layer(Patches, columns, plain, tips=tips, pointed={"fill_alpha": POINTED})


def _names(bars, look):
    large = bars[bars.part >= LEAST_LABELLED]
    for side, place, align in (("source", BAR + ASIDE, "left"), ("target", ACROSS - BAR - ASIDE, "right")):
        own = large[large.side == side]
        names = [cut(name, LONGEST) for name in own.name]
        yield words(np.full(len(own), place), (own.top + own.bottom) / 2, names, look.text, text_align=align)
