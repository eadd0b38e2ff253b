"""Read what students hand in, and say in plain words why something cannot be read. The files are left as they are."""

import json
import re
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from .repair import Rejected, repaired

LARGEST = 50_000_000  # bytes
AGAIN = "Hand in the .ipynb file itself (Colab: File > Download > Download .ipynb)"


def stage(submitted: Path, staging: Path, student: str, lab: str, source: NotebookNode) -> list[str]:
    """Put a readable, repaired copy of one submission where nbgrader shall read it.

    Parameters
    ----------
    submitted, staging : Path
        Folders with STUDENT/LAB/ below.
    student, lab : str
    source : NotebookNode
        The lab's notebook with solutions.

    Returns
    -------
    notes : list of str
        What was repaired.

    Raises
    ------
    Rejected
        If it cannot be graded: the reason, and what to do.
    """
    folder, target = submitted / student / lab, staging / student / lab
    path = find(folder, lab)
    notes = [] if path.name == f"{lab}.ipynb" else [f"read from {path.name!r}"]
    notebook, repairs = repaired(read(path), source)
    notes += repairs
    target.mkdir(parents=True, exist_ok=True)
    stamp = folder / "timestamp.txt"
    if stamp.is_file() and not stamp.is_symlink():
        try:
            parse_utc(stamp.read_text(encoding="utf-8").strip())
        except (ValueError, OverflowError):  # nbgrader would stop at it
            notes.append("timestamp.txt is no date: it is ignored")
        else:
            shutil.copyfile(stamp, target / "timestamp.txt")
    notebook.metadata["autograder"] = {"log": notes}
    nbformat.write(notebook, target / f"{lab}.ipynb")
    return notes


def find(folder: Path, lab: str) -> Path:
    """The lab's notebook in a folder, also under a name such as `lab03_vae_mlp (1).ipynb`."""
    files = sorted(p for p in folder.iterdir() if not p.name.startswith(".") and p.name != "timestamp.txt")
    notebooks = [p for p in files if p.suffix.lower() == ".ipynb"]
    exact = [p for p in notebooks if p.name == f"{lab}.ipynb"]
    named = [p for p in notebooks if p.name.lower().startswith(lab.lower())]
    for choice in (exact, named, notebooks):
        if len(choice) == 1:
            return choice[0]
        if choice:
            names = ", ".join(p.name for p in choice)
            raise Rejected(f"more than one notebook: {names}. Keep the one that counts, named {lab}.ipynb")
    found = f"only {', '.join(p.name for p in files)}" if files else "the folder is empty"
    raise Rejected(f"no notebook there, {found}. {AGAIN}")


def read(path: Path) -> NotebookNode:
    """The notebook in a file, in nbformat 4.

    Raises
    ------
    Rejected
        If there is none in it.
    """
    if path.is_symlink() or not path.is_file():
        raise Rejected(f"{path.name} is a link or a folder, not a file. {AGAIN}")
    if path.stat().st_size > LARGEST:
        raise Rejected(f"larger than {LARGEST // 1_000_000} MB. Clear the outputs, save, and hand it in again")
    return parse(path.read_bytes())


def parse(content: bytes) -> NotebookNode:
    """The notebook in the bytes of a file; `Rejected` if there is none."""
    if not content.strip():
        raise Rejected("the file is empty. Save the notebook, look into the file, and hand it in again")
    if content.startswith(b"PK"):
        raise Rejected(f"a Word document or a zip archive under the name of a notebook. {AGAIN}")
    if content.startswith(b"%PDF"):
        raise Rejected(f"a PDF under the name of a notebook. {AGAIN}")
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected(f"not a text file, so not a notebook. {AGAIN}") from None
    if text.lstrip().startswith("<"):
        raise Rejected(f"a web page (HTML) under the name of a notebook. {AGAIN}")
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        if text.lstrip().startswith("{") and error.pos >= len(text.rstrip()) - 1 or "Unterminated" in error.msg:
            raise Rejected(
                f"the file breaks off in line {error.lineno}: upload it again, it did not arrive whole"
            ) from None
        raise Rejected(f"not a notebook: line {error.lineno} is no valid JSON. {AGAIN}") from None
    except (ValueError, RecursionError):
        raise Rejected(f"not a notebook: no valid JSON. {AGAIN}") from None
    return _notebook(content)


def _notebook(content: object) -> NotebookNode:
    if not isinstance(content, dict) or not ("cells" in content or "worksheets" in content):
        raise Rejected(f"JSON, but not a notebook: it has no cells. {AGAIN}")
    try:
        notebook = nbformat.from_dict(content)
        if notebook.get("nbformat", 4) < 4:
            notebook = nbformat.convert(notebook, 4)
        cells = [_cell(cell) for cell in notebook.cells]
    except Exception as error:  # whatever a hand-edited file makes nbformat stumble over
        what = re.sub(r"\s+", " ", f"{type(error).__name__}: {error}")[:120]
        raise Rejected(f"a damaged notebook ({what}). Open it in Jupyter, save it, and hand it in again") from None
    return NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5)


def _cell(cell: NotebookNode) -> NotebookNode:
    """What counts in a cell: its kind, its text, the metadata by which it is recognized."""
    source = cell.source if isinstance(cell.source, str) else "".join(cell.source)
    metadata = cell.get("metadata", {})
    read = NotebookNode(cell_type=cell.cell_type, source=source, metadata=NotebookNode(metadata))
    if cell.cell_type not in ("code", "markdown", "raw"):
        raise ValueError(f"unknown kind of cell {cell.cell_type!r}")
    if isinstance(cell.get("id"), str):
        read["id"] = cell["id"]
    if cell.cell_type == "code":
        read.update(outputs=[], execution_count=None)
    return read
