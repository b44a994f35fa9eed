"""Segments by rules beside clusters: who of the one is in which of the other."""

from retail_panel.crossfilter.clause import Values
from retail_panel.customers.agreement import agreement
from retail_panel.customers.profile import counts_question
from retail_panel.studies.apart import Groups
from retail_panel.studies.forms.heatmap import heatmap, picked
from retail_panel.studies.segments.grouping import compared, groups, nobody
from retail_panel.studies.study import Study


def _answer(asking):
    segments, clusters = groups(asking, "segment"), groups(asking, "cluster")
    found = agreement(asking.ask(counts_question(compared(asking, "segment", "cluster"))))
    if found.adjusted_rand is None:
        raise nobody()
    pairs = [(segment, cluster) for segment in segments for cluster in clusters]
    table = found.table.set_index(["segment", "cluster"]).reindex(pairs).reset_index()
    table["customers"] = table["customers"].fillna(0).astype("int64")
    table = table.assign(segment=table["segment"].map(segments), cluster=table["cluster"].map(clusters))
    return {"table": table, "sentence": found.sentence}


def _draw(found, look):
    tips = (("Customers", "customers", "count"), ("Share of the segment", "share_of_segment", "share"),
            ("Share of the cluster", "share_of_cluster", "share"))  # fmt: skip
    return heatmap(found["table"], "cluster", "segment", "share_of_segment", look, "share", tips)


def _table(found, look):
    return found["table"].rename(columns={
        "segment": "Segment", "cluster": "Cluster", "customers": "Customers", "share_of_segment": "Share of segment",
        "share_of_cluster": "Share of cluster",
    })  # fmt: skip


def _says(found, look):
    table = found["table"]
    most = table.loc[table.customers.idxmax()]
    share = look.write(most.share_of_segment, "share", "tile")
    return (f"{found['sentence']} The largest overlap is {most.segment} and {most.cluster}: "
            f"{look.write(most.customers)} customers, {share} of that segment.")  # fmt: skip


def _publish(found, x, y):
    table = found["table"]
    cell = picked(table, "cluster", "segment", x, y)
    held = cell and table.customers[(table.cluster == cell[0]) & (table.segment == cell[1])].any()
    return {"cluster": Values((cell[0],)), "segment": Values((cell[1],))} if held else None


CROSS_TABLE = Study(
    name="cross_table",
    title="Segments beside clusters",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("cluster", "segment"),
    definition="A cell is the share of the segment's customers who are in the cluster; each row adds up to 100%. The "
    "adjusted Rand index compares the two groupings pair by pair of customers: 1 is the same, 0 is chance (Hubert and "
    "Arabie 1985). Answers the selection other than of segments and clusters.",
    needs=("customer_key",),
    groups=Groups(("segment", "cluster")),
    units={"Share of segment": "share", "Share of cluster": "share"},
    height=456,
)  # fmt: skip
