"""Make nbgrader's feedback page say what a student wants to know: which exercise, and what is still to be graded."""

import re
from collections.abc import Collection

LINK = re.compile(r'<a href="#(check|hidden)(\d+)-(\d+)">Test cell</a>')
KINDS = {"check": "checks", "hidden": "hidden tests"}
FIT = "<style>img { max-width: 100%; height: auto; }</style>"


def readable(page: str, waiting: Collection[str]) -> str:
    """The page with exercises called by their numbers, open questions as such, and pictures that fit.

    Parameters
    ----------
    page : str
        HTML, as nbgrader makes it.
    waiting : collection of str
        The grade_ids of written answers that nobody has graded yet: nbgrader shows them as 0 points.
    """
    page = LINK.sub(lambda m: f'<a href="#{m[1]}{m[2]}-{m[3]}">Exercise {m[2]}.{m[3]}, {KINDS[m[1]]}</a>', page)
    for name in waiting:
        score = rf'(<a href="#{re.escape(name)}">Written response</a>) \(Score: [\d.]+ / ([\d.]+)\)'
        page = re.sub(score, r"\1 (not graded yet, \2 points)", page)
        score = rf'(<a name="{re.escape(name)}">.*?)Score: [\d.]+ / ([\d.]+)'
        page = re.sub(score, r"\1Not graded yet, \2 points", page, count=1, flags=re.DOTALL)
    return page.replace("</head>", f"{FIT}\n</head>", 1)
