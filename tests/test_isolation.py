"""The course's answers stand in for the student's around a check, and go again."""

from nbformat.v4 import new_code_cell, new_notebook

from autograder.isolation import exercises, isolated, surroundings, without_grader_cells


def cell(name, source, **mark):
    return new_code_cell(source, metadata={"nbgrader": {"grade_id": name, **mark}})


SOURCE = new_notebook(
    cells=[
        cell("ex1-1", "def a():\n    return 'course'", solution=True),
        cell("check1-1", "a()", grade=True, points=1),
        cell("ex1-2", "def b():\n    return a()", solution=True),
        cell("check1-2", "b()", grade=True, points=1),
        cell("hidden1-2", "b()", grade=True, points=1),
    ]
)


def test_checks_belong_to_the_answer_above():
    assert exercises(SOURCE) == {"check1-1": "ex1-1", "check1-2": "ex1-2", "hidden1-2": "ex1-2"}


def test_the_others_come_and_go():
    before, after = surroundings(SOURCE, "ex1-2")
    kernel = {}
    exec("def a():\n    return 'student'\ndef b():\n    return 'mine, ' + a()", kernel)
    exec(before, kernel)
    assert kernel["b"]() == "mine, course"
    exec(after, kernel)
    assert kernel["b"]() == "mine, student"


def test_what_the_student_has_not_written_goes_too():
    before, after = surroundings(SOURCE, "ex1-2")
    kernel = {}
    exec(before, kernel)
    assert kernel["a"]() == "course"
    exec(after, kernel)
    assert "a" not in kernel


def test_the_added_cells_are_taken_out_again():
    inside = isolated(SOURCE, SOURCE)
    assert len(inside.cells) == len(SOURCE.cells) + 6
    assert without_grader_cells(inside).cells == SOURCE.cells
