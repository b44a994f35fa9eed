"""How the answers are spread over the scores."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd

from retail_panel.measures import MEASURES
from retail_panel.studies.apart import Groups
from retail_panel.studies.look import SHAPE
from retail_panel.studies.satisfaction.scales import SCALE, TITLES, counted, narrowed, nobody
from retail_panel.studies.study import Study

SCORES = {"csat": range(1, 6), "nps": range(11)}
#: Least score and words of each group, best first, with its colour in the series.
GROUPS = {
    "csat": ((4, "Satisfied", 2), (3, "Neither", 9), (1, "Not satisfied", 3)),
    "nps": ((9, "Promoters", 2), (7, "Passives", 9), (0, "Detractors", 3)),
}


def _answer(asking):
    scale = asking.choices["scale"]
    feedback = asking.tables["feedback"]
    feedback = feedback.filter(feedback.scale == TITLES[scale])
    found = asking.ask(feedback.group_by("score").aggregate(answers=feedback.count())).to_pydict()
    counts = dict(zip(found["score"], found["answers"], strict=True))
    rows = pd.DataFrame({"score": list(SCORES[scale])})
    rows["answers"] = [counts.get(score, 0) for score in rows.score]
    if not rows.answers.sum():
        raise nobody(asking, f"Nobody answered on the {TITLES[scale]} scale.")
    rows["share"] = rows.answers / rows.answers.sum()
    rows["group"] = [next(words for least, words, _ in GROUPS[scale] if score >= least) for score in rows.score]
    return rows, scale, narrowed(asking)


def _draw(answer, look):
    rows, scale, _ = answer
    colours = {words: look.series[place] for _, words, place in GROUPS[scale]}
    shown = rows.assign(label=rows.score.astype(str), colour=rows.group.map(colours))
    bars = shown.hvplot.bar(
        x="label", y="share", color="colour", bar_width=0.78, ylim=(0, 1.1 * shown["share"].max()),
        hover_cols=["group", "answers"],
        hover_tooltips=look.tips(("Score", "label"), ("", "group"), ("Share", "share", "share"),
                                 ("Answers", "answers", "count")), **SHAPE,
    )  # fmt: skip
    return look.dressed(bars, y="share", legend=None)


def _table(answer, look):
    columns = {"score": "Score", "group": "Group", "answers": "Answers", "share": "Share"}
    return answer[0][list(columns)].rename(columns=columns).astype({"Score": str})


def _says(answer, look):
    rows, scale, narrow = answer
    shares = rows.groupby("group")["share"].sum()
    parts = [f"{words.lower()} {look.write(shares[words], 'share', 'tile')}" for _, words, _ in GROUPS[scale]]
    first, whole = rows.loc[rows.answers.idxmax()], counted(rows.answers.sum(), f"{TITLES[scale]} answers")
    return (
        f"Of {whole}: {', '.join(parts)}. The most frequent is "
        f"{first.score} ({look.write(first['share'], 'share', 'tile')}). {narrow}"
    ).strip()


SCORES_GIVEN = Study(
    name="scores",
    title="Scores given",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition="How many answers gave each score. Satisfied: 4 or 5 of 5; promoters: 9 or 10, detractors: 0 to 6 of "
    "10, passives between. " + " ".join(MEASURES[name].definition for name in ("csat", "nps")),
    needs=("feedback",),
    choices=(SCALE,),
    groups=Groups(("scale", "score")),
    units={"Share": "share"},
    height=230,
)  # fmt: skip
