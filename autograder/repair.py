"""Put a submitted notebook into the form in which it was handed out: every cell of the lab marked, whole and once.

People delete and copy cells, and tools drop what they do not know: a notebook may come back without nbgrader's
metadata. A cell of the lab is recognized by its grade_id, by its cell id, by the name it defines, or by its text.
"""

import re
import uuid
from copy import deepcopy

from nbformat import NotebookNode

from .isolation import exercises, grade_id, is_answer

HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?(### END HIDDEN TESTS|\Z)", re.DOTALL)
DEFINED = re.compile(r"^(?:def|class)\s+(\w+)", re.MULTILINE)


class Rejected(Exception):
    """Why a submission cannot be graded, and what to do about it, in plain words."""


def repaired(submitted: NotebookNode, source: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """A copy of the submitted notebook in which each marked cell of the lab stands once, with its metadata.

    Locked cells and checks get the text of the source, checks that are missing come back, copies become plain cells.

    Parameters
    ----------
    submitted : NotebookNode
        nbformat 4.
    source : NotebookNode
        The lab's notebook with solutions and hidden tests.

    Returns
    -------
    notebook : NotebookNode
        Without outputs.
    notes : list of str
        What was repaired, in plain words.

    Raises
    ------
    Rejected
        If no answer cell of the lab is in it.
    """
    cells, notes = [_plain(cell) for cell in submitted.cells], []
    places = _places(submitted.cells, source)
    if not any(is_answer(source.cells[i]) for i in places.values()):
        raise Rejected("none of this lab's answer cells is in it. Hand in the notebook of this lab, filled in")

    kept = _once(places, source, notes)
    lost = []
    for index, i in kept.items():
        if "nbgrader" not in source.cells[i].metadata:
            continue
        if submitted.cells[index].metadata.get("nbgrader", {}).get("grade_id") != grade_id(source.cells[i]):
            lost.append(grade_id(source.cells[i]))
        cells[index] = _marked(source.cells[i], cells[index].source)
    if lost:
        notes.append(f"nbgrader's metadata put back on {', '.join(sorted(lost))}")
    cells = _with_missing(cells, kept, source, notes)

    taken = set()
    for cell in cells:
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", str(cell.get("id", ""))) or cell["id"] in taken:
            cell["id"] = uuid.uuid4().hex[:8]
        taken.add(cell["id"])
    metadata = {
        key: deepcopy(source.metadata[key]) for key in ("kernelspec", "language_info") if key in source.metadata
    }
    return NotebookNode(cells=cells, metadata=NotebookNode(metadata), nbformat=4, nbformat_minor=5), notes


def _places(cells: list[NotebookNode], source: NotebookNode) -> dict[int, int]:
    """For each submitted cell that stems from the lab (by index) the index of the cell in the source."""
    by_grade_id = {grade_id(c): i for i, c in enumerate(source.cells) if "nbgrader" in c.metadata}
    by_id = {c.get("id"): i for i, c in enumerate(source.cells) if c.get("id")}
    by_text = {_text(c): i for i, c in enumerate(source.cells) if _text(c)}
    by_name = {name: i for i, c in enumerate(source.cells) if is_answer(c) for name in DEFINED.findall(c.source)}
    places: dict[int, int] = {}
    for index, cell in enumerate(cells):
        mark = cell.metadata.get("nbgrader")
        if isinstance(mark, dict) and mark.get("grade_id") in by_grade_id:
            places[index] = by_grade_id[mark["grade_id"]]
    for key in (
        lambda c: by_id.get(c.get("id")),
        lambda c: by_id.get(c.metadata.get("id")),
        lambda c: by_text.get(_text(c)),
    ):
        claimed = set(places.values())
        found = {index: key(cell) for index, cell in enumerate(cells) if index not in places}
        places.update({index: i for index, i in found.items() if i is not None and i not in claimed})
    answered = set(places.values())
    for index, cell in enumerate(cells):
        if index not in places and cell.cell_type == "code":
            names = [by_name[name] for name in DEFINED.findall(cell.source) if name in by_name]
            if names and names[0] not in answered:
                places[index] = names[0]
    for i, cell in enumerate(
        source.cells
    ):  # a written answer shares no text with the lab: it stands below its question
        if _is_written(cell) and i not in places.values():
            above = [index for index, j in places.items() if j == i - 1]
            if above and above[-1] + 1 < len(cells) and above[-1] + 1 not in places:
                places[above[-1] + 1] = i
    return places


def _once(places: dict[int, int], source: NotebookNode, notes: list[str]) -> dict[int, int]:
    """`places` with one submitted cell for each cell of the lab: the last one, as for Python. Checks stay below."""
    last = {i: index for index, i in places.items()}
    copies = {
        grade_id(source.cells[places[x]]) for x in places if x != last[places[x]] and _is_marked(source, places[x])
    }
    if copies:
        notes.append(f"more than one copy, the last one counts: {', '.join(sorted(copies))}")
    answers = {grade_id(cell): i for i, cell in enumerate(source.cells) if is_answer(cell)}
    for check, answer in exercises(source).items():
        i = next(i for i, cell in enumerate(source.cells) if _is_marked(source, i) and grade_id(cell) == check)
        if last.get(i, -1) < last.get(answers.get(answer), -1):
            last.pop(i, None)  # comes back below the answer
    return {index: i for i, index in last.items()}


def _with_missing(
    cells: list[NotebookNode], kept: dict[int, int], source: NotebookNode, notes: list[str]
) -> list[NotebookNode]:
    """The cells, with the checks, questions and first cells of the lab that are missing put back where they stood."""
    whole = [(cell, kept.get(index)) for index, cell in enumerate(cells)]
    missing = []
    first = next(i for i, cell in enumerate(source.cells) if is_answer(cell))
    for i, original in enumerate(source.cells):
        needed = _is_marked(source, i) and not is_answer(original)
        needed = needed and (original.metadata.nbgrader.get("grade") or i < first)  # what only shows something is not
        if not needed or i in kept.values():
            continue
        before = [place for place, (_, j) in enumerate(whole) if j is not None and j < i]
        nearest = max(before, key=lambda place: whole[place][1], default=-1)
        whole.insert(nearest + 1, (_marked(original, ""), i))
        missing.append(grade_id(original))
    if missing:
        notes.append(f"missing cells put back: {', '.join(missing)}")
    return [cell for cell, _ in whole]


def _marked(original: NotebookNode, text: str) -> NotebookNode:
    """The lab's cell; with the student's text where the student writes."""
    cell = _plain(original)
    cell.metadata = deepcopy(original.metadata)
    if is_answer(original) or _is_written(original):
        cell.source = text
    return cell


def _plain(cell: NotebookNode) -> NotebookNode:
    """The cell without metadata and outputs."""
    plain = NotebookNode(cell_type=cell.cell_type, metadata=NotebookNode(), source=cell.source)
    if "id" in cell:
        plain["id"] = cell["id"]
    if cell.cell_type == "code":
        plain.update(outputs=[], execution_count=None)
    return plain


def _is_marked(source: NotebookNode, i: int) -> bool:
    return "nbgrader" in source.cells[i].metadata


def _is_written(cell: NotebookNode) -> bool:
    meta = cell.metadata.get("nbgrader", {})
    return meta.get("grade", False) and meta.get("solution", False)


def _text(cell: NotebookNode) -> str:
    """What the student sees of a cell, for comparison; nothing for the cells that the student writes."""
    if is_answer(cell) or _is_written(cell):
        return ""
    return " ".join(HIDDEN.sub("", cell.source).split())
