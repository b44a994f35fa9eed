"""From order lines in scope to scored, segmented and clustered customers."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import param

from retail_panel.customers.clusters import carry_clusters, fit_clusters
from retail_panel.customers.grid import EXACT_CELLS, KEYS, Cells, cells_question, key_columns, widths_of
from retail_panel.customers.notes import notes
from retail_panel.customers.pareto import rank_percent
from retail_panel.customers.population import Population
from retail_panel.customers.profile import (
    EMPTY,
    SCORE_OF,
    counts_question,
    groups_of,
    held_scores,
    seen_question,
    summary,
    summary_question,
)
from retail_panel.customers.rfm import (
    EPOCH,
    RFMDefinition,
    day_number,
    end_of,
    purchasers,
    renewed_question,
    totals_question,
    totals_until,
)
from retail_panel.customers.scores import MEASURES, Scale, edges_question
from retail_panel.customers.segments import SEGMENTS, segment_expression
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import EVERYTHING
from retail_panel.store.prepared import Parameter, Prepared


class CustomersPipeline(RFMDefinition):
    """RFM, scores, segments and clusters of the customers in a scope."""

    method = param.Selector(
        default="clusters",
        objects=["clusters", "rules"],
        doc="How customers are grouped: K-means clusters, or the eleven segments by rules over the scores.",
    )
    k = param.Integer(
        default=None,
        allow_None=True,
        bounds=(2, 10),
        doc="Number of clusters; None means the one of highest silhouette among 3 to 10.",
    )

    def run(self, store, lines, name, previous=None, policy=EVERYTHING, ticket=None, touched=None, refit=True):
        """Score and group the customers of a scope.

        Parameters
        ----------
        store : Store
            Where the lines are.
        lines : ibis.Table
            Order lines in scope, such as ``store.lines.filter(...)``.
        name : str
            Name of the scratch table that is made or replaced; ``{name}_rfm``, ``{name}_scored`` and ``{name}_cell``
            come and go.
        previous : Population, optional
            Outcome before rows arrived: this one goes on from its clusters, so that their names do not jump.
        policy : RowPolicy
            Rows that whoever asks may see.
        ticket : Ticket, optional
            To call the questions off.
        touched : ibis.Table, optional
            The customers with lines that the previous outcome did not see, one row a ``customer_key``: only theirs are
            read again. None reads every line.
        refit : bool
            Whether clusters are found anew; otherwise customers go to the nearest of the previous ones.

        Returns
        -------
        Population
            Without customers where no line in scope has one with a purchase, which its notes then say.
        """
        store = store.seen_by(policy)
        ask, keep = partial(store.ask, ticket=ticket), partial(store.keep, ticket=ticket)
        # Where every line is read by customer below, customers need not be counted here.
        is_whole = self.reference_day is None and (touched is None or previous.reference_day is None)
        seen = ask(Prepared(seen_question, lines, self.reference_day, not is_whole)).to_pylist()[0]
        day = self.reference_day
        if day is None and seen["last_day"] is not None:
            day = EPOCH + dt.timedelta(days=seen["last_day"])
        scales, clustering = (), None
        try:
            if is_whole:
                totals = keep(f"{name}_rfm", Prepared(totals_question, lines, self.meaning))
                seen["customers"] = ask(Prepared(_rows, totals))["rows"][0].as_py()
                question = Prepared(purchasers, totals, Parameter(day_number(day or EPOCH)))
                rfm = store.keep_view(f"{name}_bought", question)
            else:
                rfm = keep(f"{name}_rfm", self._rfm(lines, day or EPOCH, previous, touched))
            figures = ask(Prepared(summary_question, rfm)).to_pylist()[0]
            if figures["customers"]:
                widths, cells = _cells(ask, rfm, figures)
                before = previous.clustering if previous else None
                # The engine scores customers while they are clustered, which takes as long.
                with ThreadPoolExecutor(1, thread_name_prefix="clusters") as beside:
                    finding = beside.submit(self._clusters, cells, before, refit)
                    scales = _scales(ask, rfm, figures)
                    scored = keep(f"{name}_scored", _scored(rfm, widths, scales))
                    clustering = finding.result()
                labels = store.keep_table(f"{name}_cell", cells.keys.append_column("cluster", [clustering.labels_]))
                table = keep(name, Prepared(_labelled, scored, labels))
            else:
                table = store.keep_table(name, EMPTY)
        finally:
            for part in ("bought", "rfm", "scored", "cell"):
                store.forget(f"{name}_{part}")
        counts = ask(Prepared(counts_question, table))
        held = held_scores(counts)
        return Population(
            table=table,
            name=name,
            definition=self.words(),
            method=self.method,
            reference_day=day,
            customers=figures["customers"],
            returns_only=seen["customers"] - figures["customers"],
            guest_lines=seen["guest_lines"],
            rfm=summary(figures),
            edges={s.measure: _shown(s) for s in scales},
            held=held,
            segments=groups_of(counts, "segment", SEGMENTS),
            clusters=groups_of(counts, "cluster", clustering.personas if clustering else ()),
            clustering=clustering,
            notes=tuple(notes(seen, figures["customers"], day, clustering, held)),
        )

    def _rfm(self, lines, day, previous, touched):
        until = Parameter(end_of(day)), Parameter(day_number(day))
        if touched is None or previous.reference_day is None:
            return Prepared(_rfm_until, lines, self.meaning, *until)
        moved = Parameter((day - previous.reference_day).days)
        return Prepared(_renewed, previous.table, lines, touched, self.meaning, *until, moved)

    def _clusters(self, cells, before, refit):
        carried = None if refit or before is None else carry_clusters(cells, before)
        return carried or fit_clusters(cells, self.k, before)


def _shown(scale):
    return tuple(edge / MONEY_SCALE for edge in scale.edges) if scale.measure == "monetary" else scale.edges


def _scales(ask, rfm, figures):
    found = {row["measure"]: row for row in ask(Prepared(edges_question, rfm)).to_pylist()}
    return [
        Scale.over(m, [found[m][f"edge_{i}"] for i in (1, 2, 3, 4)], figures[f"{m}_min"], figures[f"{m}_max"])
        for m in MEASURES
    ]


def _rfm_until(lines, meaning, end, day):
    return purchasers(totals_until(lines, meaning, end), day)


def _renewed(before, lines, touched, meaning, end, day, moved):
    own = _rfm_until(lines.semi_join(touched, "customer_key"), meaning, end, day)
    return renewed_question(before, own, touched, moved)


def _rows(table):
    return table.aggregate(rows=table.count())


def _triples(rfm):
    return _rows(rfm.select(*MEASURES).distinct())


def _cells(ask, rfm, figures):
    widths = None
    if figures["customers"] > EXACT_CELLS and ask(Prepared(_triples, rfm))["rows"][0].as_py() > EXACT_CELLS:
        widths = widths_of(figures[f"{measure}_log_std"] for measure in MEASURES)
    return widths, Cells.from_answer(ask(Prepared(_cells_of, rfm, widths)))


def _cells_of(rfm, widths):
    return cells_question(_keyed(rfm, widths))


def _keyed(rfm, widths):
    return rfm.mutate(**key_columns(rfm, widths))


def _scored(rfm, widths, scales):
    edges = [Parameter(edge) for scale in scales for edge in scale.edges]
    return Prepared(_scored_by, rfm, widths, tuple(scale.alike for scale in scales), *edges)


def _scored_by(rfm, widths, alike, *edges):
    keyed = _keyed(rfm, widths)
    scales = [Scale(m, edges[4 * i : 4 * i + 4], same) for i, (m, same) in enumerate(zip(MEASURES, alike, strict=True))]
    scored = keyed.mutate(**{SCORE_OF[scale.measure]: scale.expression(keyed) for scale in scales})
    scored = scored.mutate(segment=segment_expression(scored.r, scored.f, scored.m))
    # By themselves: the engine sorts whatever comes along, which takes twice as long where customers are many.
    sold = keyed.select("customer_key", "net_sales")
    return scored.join(sold.select("customer_key", sales_rank=rank_percent(sold)), "customer_key")


def _labelled(scored, labels):
    return scored.join(labels, KEYS).select(EMPTY.schema.names)
