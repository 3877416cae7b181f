"""One-token mutations: which are made, and how those that are no mistake are listed."""

import ast

import pytest

from karpathy_course.checks.authoring.one_token_mutations import mutations, read_listed

SOURCE = '''def f(x: int = 1, *more) -> float:
    """1 + 1 is not touched."""
    ### BEGIN SOLUTION
    total = 0  # 2 + 2
    for i in range(1, 9):
        if i % 3 == 0 and not x < 2:
            total += i * "a + b".count("a")
            continue
    print(
        total,
        x,
    )
    return -total
    ### END SOLUTION
'''


def keys(source):
    return {mutation.key for mutation in mutations(source)}


def test_operators_constants_comparisons_and_dropped_statements_are_mutated():
    found = keys(SOURCE)
    for key in (
        "total = 0 ⟶ total = 1",
        "for i in range(1, 9): ⟶ for i in range(2, 9):",
        "for i in range(1, 9): ⟶ for i in range(0, 9):",
        "if i % 3 == 0 and not x < 2: ⟶ if i % 3 != 0 and not x < 2:",
        "if i % 3 == 0 and not x < 2: ⟶ if i % 3 == 0 or not x < 2:",
        "if i % 3 == 0 and not x < 2: ⟶ if i % 3 == 0 and  x < 2:",
        "if i % 3 == 0 and not x < 2: ⟶ if i % 3 == 0 and not x <= 2:",
        'total += i * "a + b".count("a") ⟶ total -= i * "a + b".count("a")',
        'total += i * "a + b".count("a") ⟶ total = i * "a + b".count("a")',
        'total += i * "a + b".count("a") ⟶ pass',
        "continue ⟶ break",
        "return -total ⟶ return +total",
        "return -total ⟶ pass",
        "print( ⟶ pass",
    ):
        assert key in found, key


def test_text_comments_and_annotations_are_left_alone():
    for mutation in mutations(SOURCE):
        assert ("1 + 1 is not touched" in mutation.source and '"a + b"' in mutation.source) or "pass" in mutation.after
        assert "x: int" in mutation.source and "-> float" in mutation.source


def test_every_mutation_can_be_read_and_differs_and_none_comes_twice():
    sources = [mutation.source for mutation in mutations(SOURCE)]
    assert len(set(sources)) == len(sources) > 20
    assert all(ast.dump(ast.parse(source)) != ast.dump(ast.parse(SOURCE)) for source in sources)


def test_equivalents_are_read_with_their_reasons(tmp_path):
    path = tmp_path / "equivalent_mutations.txt"
    path.write_text("# a comment\n\nif x > 0: ⟶ if x >= 0:  # at 0 both give 0\nx = a  # b ⟶ x = c  # why\n")
    assert read_listed(path) == {"if x > 0: ⟶ if x >= 0:": "at 0 both give 0", "x = a  # b ⟶ x = c": "why"}
    assert read_listed(tmp_path / "none.txt") == {}


@pytest.mark.parametrize("line", ["if x > 0: ⟶ if x >= 0:", "no arrow  # reason", "a ⟶ b  # "])
def test_an_equivalent_without_a_reason_or_an_arrow_is_refused(tmp_path, line):
    path = tmp_path / "equivalent_mutations.txt"
    path.write_text(line + "\n")
    with pytest.raises(ValueError, match="expected `line"):
        read_listed(path)
