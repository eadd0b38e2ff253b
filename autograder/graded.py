"""What grading makes of a notebook."""

from dataclasses import dataclass

from nbformat import NotebookNode


@dataclass(frozen=True)
class Graded:
    """A notebook that has been run: each check cell ends with its points, or with the error that cost them."""

    notebook: NotebookNode
    log: list[str]
