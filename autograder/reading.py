"""The notebook in the bytes of a file, however it was saved; of each cell only what a grader may believe."""

import json
import re

from nbformat import NotebookNode

PIECES = 5_000_000  # values in the JSON: more would cost gigabytes of memory
CELLS = 2_000
CODE = 200_000  # characters of a code cell
TEXT = 10_000_000  # characters of all cells, with the pictures pasted into them
AGAIN = "Hand in the .ipynb file itself (Colab: File > Download > Download .ipynb)"
PICTURES = ("image/png", "image/jpeg")


class Rejected(Exception):
    """Why a submission cannot be graded, and what to do about it, in plain words."""


def parse(content: bytes) -> NotebookNode:
    """The notebook in the bytes of a file, as nbformat 4.5 without outputs.

    Parameters
    ----------
    content : bytes
        JSON in UTF-8, UTF-16 or UTF-32, with or without a byte order mark; nbformat 2 to 4.

    Returns
    -------
    notebook : NotebookNode

    Raises
    ------
    Rejected
        If there is none in it.
    """
    if not content.strip(b" \t\r\n\0"):
        raise Rejected("the file is empty. Save the notebook, look into the file, and hand it in again")
    if content.startswith(b"PK"):
        raise Rejected(f"a Word document or a zip archive under the name of a notebook. {AGAIN}")
    if content.startswith(b"%PDF"):
        raise Rejected(f"a PDF under the name of a notebook. {AGAIN}")
    try:
        text = content.decode(json.detect_encoding(content)).lstrip("\ufeff")
    except UnicodeDecodeError:
        raise Rejected(f"not a text file, so not a notebook. {AGAIN}") from None
    if "\n<<<<<<< " in text and "\n>>>>>>> " in text:
        raise Rejected("two versions stand in the file, marked by git (<<<<<<<). Keep one, and hand it in again")
    if text.lstrip().startswith("<"):
        raise Rejected(f"a web page (HTML) under the name of a notebook. {AGAIN}")
    if sum(text.count(mark) for mark in ",[{") > PIECES:
        raise Rejected(f"more than {PIECES:,} values in the file. Clear the outputs, save, and hand it in again")
    return _notebook(_json(text))


def bounded(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells as `counted` leaves them, and not too many.

    Raises
    ------
    Rejected
        If one is no cell, if there are more than `CELLS`, one with more than `CODE` characters of code, or more than
        `TEXT` in all, pasted pictures included.
    """
    if len(cells) > CELLS:
        raise Rejected(f"{len(cells):,} cells; more than {CELLS:,} are not read. Delete what is not needed")
    try:
        kept = [counted(cell) for cell in cells]
    except (ValueError, TypeError, AttributeError) as error:  # what a hand-edited file does to us
        raise _damaged(error) from None
    long = [n for n, cell in enumerate(kept, 1) if cell.cell_type == "code" and len(cell.source) > CODE]
    if long:
        raise Rejected(f"more than {CODE:,} characters of code in cell {long[0]}. Shorten it, and hand it in again")
    pictures = [data for cell in kept for kinds in cell.get("attachments", {}).values() for data in kinds.values()]
    if sum(map(len, [cell.source for cell in kept] + pictures)) > TEXT:
        raise Rejected(f"more than {TEXT:,} characters of text. Take large pictures out of it, and hand it in again")
    return kept


def counted(cell: dict) -> NotebookNode:
    """What counts in a cell: its kind, its text, pictures pasted into text, and the names by which it is recognized.

    All else that its metadata claim (points, locked, task) is left out.

    Raises
    ------
    ValueError
        If it is no cell.
    """
    kind, text = cell.get("cell_type"), cell.get("source", "")
    if kind not in ("code", "markdown", "raw"):
        raise ValueError(f"unknown kind of cell {str(kind)[:30]!r}")
    text = text if isinstance(text, str) else "".join(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    mark = metadata.get("nbgrader")
    believed = NotebookNode()
    if isinstance(mark, dict) and isinstance(mark.get("grade_id"), str):
        believed["nbgrader"] = NotebookNode(grade_id=mark["grade_id"])
    plain = NotebookNode(cell_type=kind, source=text, metadata=believed)
    # Colab keeps a cell's id in its metadata.
    if name := next((n for n in (cell.get("id"), metadata.get("id")) if isinstance(n, str) and n), ""):
        plain["id"] = name
    if kind == "code":
        plain.update(outputs=[], execution_count=None)
    elif pictures := _pictures(cell.get("attachments")):
        plain["attachments"] = pictures
    return plain


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if text.lstrip().startswith("{") and error.pos >= len(text.rstrip()) - 1 or "Unterminated" in error.msg:
            raise Rejected(
                f"the file breaks off in line {error.lineno}: upload it again, it did not arrive whole"
            ) from None
        raise Rejected(f"not a notebook: line {error.lineno} is no valid JSON. {AGAIN}") from None
    except (ValueError, RecursionError):
        raise Rejected(f"not a notebook: no valid JSON. {AGAIN}") from None


def _notebook(content: object) -> NotebookNode:
    if not isinstance(content, dict) or not ("cells" in content or "worksheets" in content):
        raise Rejected(f"JSON, but not a notebook: it has no cells. {AGAIN}")
    try:
        if isinstance(content.get("worksheets"), list) and "cells" not in content:
            cells = [_modern(cell) for sheet in content["worksheets"] for cell in sheet["cells"]]
        else:
            cells = list(content["cells"])
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise _damaged(error) from None
    return NotebookNode(cells=bounded(cells), metadata=NotebookNode(), nbformat=4, nbformat_minor=5)


def _damaged(error: Exception) -> Rejected:
    what = re.sub(r"\s+", " ", f"{type(error).__name__}: {error}")[:120]
    return Rejected(f"a damaged notebook ({what}). Open it in Jupyter, save it, and hand it in again")


def _modern(cell: dict) -> dict:
    """A cell of nbformat 2 or 3 in nbformat 4."""
    text = cell.get("input", cell.get("source", ""))
    text = text if isinstance(text, str) else "".join(text)
    kind = {"heading": "markdown", "html": "markdown"}.get(str(cell.get("cell_type")), cell.get("cell_type"))
    if cell.get("cell_type") == "heading":
        text = "#" * min(int(cell.get("level", 1)), 6) + " " + text
    return {**cell, "cell_type": kind, "source": text}


def _pictures(attachments: object) -> NotebookNode:
    """Pictures pasted into a text, where they are what they say: a written answer may be a photo."""
    found = NotebookNode()
    for name, kinds in attachments.items() if isinstance(attachments, dict) else ():
        for kind, data in kinds.items() if isinstance(kinds, dict) else ():
            data = "".join(data) if isinstance(data, list) and all(isinstance(d, str) for d in data) else data
            if kind in PICTURES and isinstance(data, str) and re.fullmatch(r"[A-Za-z0-9+/=\s]*", data):
                found[name.encode("utf-8", "replace").decode("utf-8")] = NotebookNode({kind: data})
    return found
