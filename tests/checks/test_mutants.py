"""Mutants as changes to a solution: placed by their lines, whatever the layout, or refused in one line."""

import pytest

from karpathy_course.checks.authoring.mutants import bare_lines, changes_to, read_mutants

SOLUTION = '''
def accumulate(node: object) -> None:
    """Send the gradient on."""
    # along an edge it is multiplied by the local derivative
    for parent, local in zip(node.parents, node.local_derivatives):
        parent.grad += (
            local * node.grad
        )
    for parent in node.parents:
        parent.name = "seen"
'''


@pytest.fixture
def read(tmp_path):
    def from_text(text, solution=SOLUTION):
        (tmp_path / "mutants.txt").write_text(text, encoding="utf-8")
        return read_mutants(tmp_path / "mutants.txt", solution)

    return from_text


def test_a_line_is_taken_out_and_another_put_in(read):
    text = "overwrite: it-overwrites\n"
    text += "-        parent.grad += local * node.grad\n+        parent.grad = local * node.grad\n"
    (mistake, source, words) = read(text)["overwrite"]
    assert mistake == "it-overwrites" and words == ""
    assert source.splitlines() == [
        "def accumulate(node):",
        "    for parent, local in zip(node.parents, node.local_derivatives):",
        "        parent.grad = local * node.grad",
        "    for parent in node.parents:",
        "        parent.name = 'seen'",
    ]


def test_two_changes_are_parted_and_made_in_order(read):
    text = "both: two\n-        parent.grad += local * node.grad\n+        pass\n...\n"
    text += "-        parent.name = 'seen'\n+        pass\n"
    assert read(text)["both"][1].count("pass") == 2


def test_words_of_the_message_stand_behind_a_bar(read):
    text = "early: returns | the first | of them: `x`\n     for parent in node.parents:\n+        break\n"
    mistake, _, words = read(text)["early"]
    assert (mistake, words) == ("returns", "the first | of them: `x`")


def test_quotes_and_blanks_do_not_matter(read):
    assert "= 1" in read('renamed: named\n-        parent.name   =  "seen"\n+        parent.name = 1\n')["renamed"][1]


def test_a_line_without_minus_only_says_where(read):
    text = "early: returns\n     for parent in node.parents:\n+        break\n"
    assert read(text)["early"][1].splitlines()[-2:] == ["        break", "        parent.name = 'seen'"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "a: b\n-        parent.grad += local\n",
            "no longer in the solution: write the change anew. The closest",
        ),
        ("a: b\n-    parent.name = 'seen'\n", "stands no longer in the solution"),  # indented differently
        ("a: b\n-    for parent in node.parents:\n-        parent.grad += 1\n", "`parent.grad += 1` stands no longer"),
        ("a: b\n+    pass\n", "needs a line with - or a blank in front"),
        ("a: b\n-        x = 1\n", "`x = 1` stands 2 times there: add a line of context"),
        ("a: b\n-    if y:\n-        x = 1\n-    if y:\n", "no longer one after the other"),
        ("what is this\n", "expected `name: mistake`"),
        ("- pass\n", "expected `name: mistake`"),
        ("a: b |\n-    if y:\n", "words of the message"),
        ("a: b\n-    if y:\n\na: c\n-    if y:\n", "two mutants called 'a'"),
    ],
)
def test_what_cannot_be_placed_is_one_line(read, text, said):
    solution = SOLUTION + "    if y:\n        x = 1\n    while y:\n        x = 1\n"
    with pytest.raises(ValueError) as refused:
        read(text, solution)
    assert said in str(refused.value) and "mutants.txt:" in str(refused.value) and "\n" not in str(refused.value)


def test_a_missing_file_holds_no_mutants(tmp_path):
    assert read_mutants(tmp_path / "mutants.txt", SOLUTION) == {}


def test_any_answer_can_be_written_as_changes_and_comes_back(read):
    answers = [
        "def accumulate(node):\n    return None\n",
        "import math\n\n" + SOLUTION.replace("+=", "="),
        SOLUTION + "    if node:\n        for parent in node.parents:\n            parent.name = 'seen'\n",
        SOLUTION.replace("for parent in node.parents", "for parent in reversed(node.parents)"),
    ]
    for answer in answers:
        back = read(f"a: b\n{changes_to(SOLUTION, answer)}\n")["a"][1]
        assert bare_lines(back) == bare_lines(answer)
