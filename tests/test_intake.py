"""What people hand in: read where that can be done, refused in plain words where it cannot."""

import json
from copy import deepcopy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.intake import find, parse, stage
from autograder.isolation import grade_id
from autograder.repair import Rejected, repaired


def marked(cell, name, **mark):
    cell.metadata["nbgrader"] = {"grade_id": name, "schema_version": 3, "locked": not mark.get("solution")} | mark
    cell["id"] = name
    return cell


SOURCE = new_notebook(
    cells=[
        marked(new_code_cell("import math"), "setup"),
        new_markdown_cell("Write `area(r)`.", id="text"),
        marked(new_code_cell("def area(r):\n    return math.pi * r**2"), "ex1-1", solution=True),
        marked(new_code_cell("4.0 if area(1) > 3 else 0.0"), "check1-1", grade=True, points=4),
        marked(new_code_cell("### BEGIN HIDDEN TESTS\n4.0\n### END HIDDEN TESTS"), "hidden1-1", grade=True, points=4),
        new_markdown_cell("Why is it pi?", id="question-text"),
        marked(new_markdown_cell("Because."), "question1", grade=True, solution=True, points=2),
    ]
)
NAMES = ["setup", "ex1-1", "check1-1", "hidden1-1", "question1"]


def submission():
    notebook = deepcopy(SOURCE)
    notebook.cells[2].source = "def area(r):\n    return 3 * r**2"
    notebook.cells[6].source = "It is defined so."
    return notebook


def names(notebook):
    return [grade_id(cell) for cell in notebook.cells if "nbgrader" in cell.metadata]


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"PK\x03\x04word/document.xml", "Word"),
        (b"%PDF-1.7", "PDF"),
        (b"\n<!DOCTYPE html><html></html>", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not a text file"),
        (b'{"cells": [{"cell_type": "code", "source": ["import', "breaks off"),
        (b'{"cells": [', "breaks off"),
        (b"see attachment", "no valid JSON"),
        (b"[" * 100_000, "no valid JSON"),
        (b'{"a": 1}', "no cells"),
        (b"[1, 2]", "no cells"),
        (b'{"cells": 3, "nbformat": 4}', "damaged"),
        (b'{"cells": [{"cell_type": "chart", "source": ""}], "nbformat": 4}', "damaged"),
    ],
)
def test_refused_in_plain_words(content, reason):
    with pytest.raises(Rejected, match=reason):
        parse(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding):
    assert names(parse(json.dumps(submission()).encode(encoding))) == NAMES


def test_an_old_notebook():
    cell = {"cell_type": "code", "input": ["def area(r):\n", "    return 1"], "outputs": [], "language": "python"}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell], "metadata": {}}]}
    notebook, notes = repaired(parse(json.dumps(old).encode()), SOURCE)
    assert names(notebook) == NAMES and "missing cells put back" in notes[-1]


@pytest.mark.parametrize(
    "files, chosen",
    [
        (["lab.ipynb", "lab (1).ipynb"], "lab.ipynb"),
        (["lab (1).ipynb", "notes.ipynb"], "lab (1).ipynb"),
        (["Lab.IPYNB"], "Lab.IPYNB"),
        (["Untitled.ipynb", ".ipynb_checkpoints"], "Untitled.ipynb"),
    ],
)
def test_found_under_other_names(files, chosen, tmp_path):
    for name in files:
        (tmp_path / name).touch()
    assert find(tmp_path, "lab").name == chosen


@pytest.mark.parametrize(
    "files, reason",
    [
        ([], "empty"),
        (["lab.docx"], "only lab.docx"),
        (["a.ipynb", "b.ipynb"], "more than one notebook: a.ipynb, b.ipynb"),
    ],
)
def test_not_found(files, reason, tmp_path):
    for name in files:
        (tmp_path / name).touch()
    with pytest.raises(Rejected, match=reason):
        find(tmp_path, "lab")


@pytest.mark.parametrize("stamp, kept", [("2026-11-20 10:00:00 UTC", True), ("yesterday", False)])
def test_a_timestamp_that_is_no_date_is_left_out_and_said(stamp, kept, tmp_path):
    folder = tmp_path / "submitted" / "ada" / "lab"
    folder.mkdir(parents=True)
    nbformat.write(SOURCE, folder / "lab.ipynb")
    (folder / "timestamp.txt").write_text(stamp)
    notes = stage(tmp_path / "submitted", tmp_path / "staging", "ada", "lab", SOURCE)
    staged = tmp_path / "staging" / "ada" / "lab"
    assert (staged / "timestamp.txt").exists() == kept
    assert notes == nbformat.read(staged / "lab.ipynb", as_version=4).metadata.autograder.log
    assert any("timestamp.txt is no date" in note for note in notes) != kept


def test_an_intact_notebook_stays():
    notebook, notes = repaired(submission(), SOURCE)
    assert notes == [] and [c.source for c in notebook.cells] == [c.source for c in submission().cells]
    assert repaired(notebook, SOURCE) == (notebook, [])


@pytest.mark.parametrize("keep_ids", [True, False])
def test_lost_metadata(keep_ids):
    notebook = submission()
    for cell in notebook.cells:
        cell.metadata = {}
        if not keep_ids:
            cell["id"] = "x" + cell["id"]
    fixed, notes = repaired(notebook, SOURCE)
    assert names(fixed) == NAMES and "ex1-1" in notes[0]
    assert fixed.cells[2].source == submission().cells[2].source
    assert next(c for c in fixed.cells if c["id"] == "question1").source == "It is defined so."


def test_copied_cells():
    notebook = submission()
    first = deepcopy(notebook.cells[2])
    first.source = "def area(r):\n    return 0"
    notebook.cells[2:2] = [first, deepcopy(notebook.cells[3])]
    fixed, notes = repaired(notebook, SOURCE)
    assert names(fixed) == NAMES and notes == ["more than one copy, the last one counts: check1-1, ex1-1"]
    assert "3 * r" in next(c for c in fixed.cells if c.metadata.get("nbgrader", {}).get("solution")).source
    assert repaired(fixed, SOURCE)[1] == []


def test_deleted_moved_and_changed_checks():
    notebook = submission()
    notebook.cells[4].source = "4.0"
    notebook.cells[3].source = "print('skipped')\n4.0"
    notebook.cells.insert(0, notebook.cells.pop(3))  # the check stands above the answer
    del notebook.cells[1]  # no setup
    fixed, notes = repaired(notebook, SOURCE)
    assert names(fixed) == NAMES and notes == ["missing cells put back: setup, check1-1"]
    assert [c.source for c in fixed.cells if c.metadata.get("nbgrader", {}).get("points") == 4] == [
        SOURCE.cells[3].source,
        SOURCE.cells[4].source,
    ]


def test_an_answer_that_was_turned_into_text():
    notebook = submission()
    notebook.cells[2].cell_type = "markdown"
    assert repaired(notebook, SOURCE)[0].cells[2].cell_type == "code"


def test_another_notebook():
    with pytest.raises(Rejected, match="none of this lab's answer cells"):
        repaired(new_notebook(cells=[new_code_cell("print(1)")]), SOURCE)
