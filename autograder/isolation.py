"""Each exercise is checked among right answers to all the others, so a mistake costs points once, where it was made.

`train_step` calls `vae_loss`: were the check of the one to run with a wrong other, both would lose. So around each
check cell the course's own answers stand in for the student's, except for the exercise that is checked.
"""

import ast

from nbformat import NotebookNode

TAG = "grader"  # on the cells that `isolated` adds


def is_answer(cell: NotebookNode) -> bool:
    """Whether this is a code cell that the student fills in."""
    meta = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and meta.get("solution", False) and not meta.get("grade", False)


def is_check(cell: NotebookNode) -> bool:
    """Whether this is a cell of automatic tests."""
    meta = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and meta.get("grade", False) and not meta.get("solution", False)


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


def surroundings(source: NotebookNode, answer: str) -> tuple[str, str]:
    """Code to run before and after a check of one exercise: the course's answers to the others come and go.

    Parameters
    ----------
    source : NotebookNode
        The notebook with the solutions.
    answer : str
        The grade_id of the answer cell that is checked.

    Returns
    -------
    before, after : str
    """
    others = [cell.source for cell in source.cells if is_answer(cell) and grade_id(cell) != answer]
    names = sorted({name for code in others for name in _defined(code)})
    keep = f"_own = {{name: globals()[name] for name in {names!r} if name in globals()}}"
    give_back = f"for _name in {names!r}:\n    globals().pop(_name, None)\nglobals().update(_own)"
    # Under a file name of their own: an error report then points at the student's line, not at the course's.
    give = [f"exec(compile({code!r}, '<the course>', 'exec'))" for code in others]
    return "\n".join([keep, *give]), give_back


def isolated(notebook: NotebookNode, source: NotebookNode) -> NotebookNode:
    """A copy of the notebook with a cell before and after each check cell that gives and takes the other answers.

    The added cells carry the tag "grader"; `without_grader_cells` takes them out again.
    """
    checked = exercises(source)
    cells = []
    for cell in notebook.cells:
        if is_check(cell) and grade_id(cell) in checked:
            before, after = surroundings(source, checked[grade_id(cell)])
            cells += [_code(before), cell, _code(after)]
        else:
            cells.append(cell)
    return NotebookNode(notebook, cells=cells)


def without_grader_cells(notebook: NotebookNode) -> NotebookNode:
    """The notebook without the cells that `isolated` added."""
    return NotebookNode(notebook, cells=[cell for cell in notebook.cells if TAG not in cell.metadata.get("tags", [])])


def _code(source: str) -> NotebookNode:
    return NotebookNode(
        cell_type="code", source=source, metadata=NotebookNode(tags=[TAG]), outputs=[], execution_count=None
    )


def _defined(code: str) -> list[str]:
    return [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
