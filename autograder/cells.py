"""What each cell of a lab is: an answer, a check, hidden tests, or something that is only shown."""

from nbformat import NotebookNode


def is_answer(cell: NotebookNode) -> bool:
    """Whether this is a code cell that the student fills in."""
    meta = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and meta.get("solution", False) and not meta.get("grade", False)


def is_check(cell: NotebookNode) -> bool:
    """Whether this is a cell of automatic tests."""
    meta = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and meta.get("grade", False) and not meta.get("solution", False)


def is_hidden(cell: NotebookNode) -> bool:
    """Whether this is a check cell whose tests the students do not get to see."""
    return is_check(cell) and "### BEGIN HIDDEN TESTS" in cell.source


def is_shown(cell: NotebookNode) -> bool:
    """Whether this is a cell of the lab that is neither answer nor check: set-up, training, figures."""
    meta = cell.metadata.get("nbgrader", {})
    return bool(meta) and not meta.get("grade", False) and not meta.get("solution", False)


def grade_id(cell: NotebookNode) -> str:
    """The name under which nbgrader keeps this cell."""
    return cell.metadata["nbgrader"]["grade_id"]


def exercises(source: NotebookNode) -> dict[str, str]:
    """For each check cell of the source notebook (by grade_id) the answer cell above, which it checks."""
    checked, answer = {}, None
    for cell in source.cells:
        if is_answer(cell):
            answer = grade_id(cell)
        elif is_check(cell):
            checked[grade_id(cell)] = answer
    return checked
