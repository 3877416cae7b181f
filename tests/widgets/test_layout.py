"""layout draws any directed acyclic graph from left to right, with nothing on top of anything."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karpathy_course.widgets.layout import layered


@st.composite
def dags(draw):
    count = draw(st.integers(1, 40))
    chance = random.Random(draw(st.integers(0, 10**9)))
    sizes = [(chance.choice([40.0, 72.0, 150.0]), chance.choice([24.0, 52.0])) for _ in range(count)]
    edges = []
    for end in range(1, count):
        for _ in range(chance.choice([0, 1, 1, 2, 2, 3])):
            edges.append((chance.randrange(end), end))
    names = list(range(count))
    chance.shuffle(names)
    edges = [(names[a], names[b]) for a, b in edges]
    return sizes, edges


def boxes(sizes, centres):
    return [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for (w, h), (x, y) in zip(sizes, centres)]


def crosses(a, b, box):
    """Whether the piece from a to b passes through the inside of box (Liang and Barsky 1984)."""
    low, high = 0.0, 1.0
    for at, along, start, end in ((a[0], b[0] - a[0], box[0], box[2]), (a[1], b[1] - a[1], box[1], box[3])):
        start, end = start + 1e-6, end - 1e-6
        if along == 0:
            if not start < at < end:
                return False
        else:
            first, second = sorted(((start - at) / along, (end - at) / along))
            low, high = max(low, first), min(high, second)
    return low < high


@settings(max_examples=150, deadline=None)
@given(graph=dags())
def test_no_two_boxes_overlap(graph):
    sizes, edges = graph
    centres, _, (width, height) = layered(sizes, edges)
    drawn = boxes(sizes, centres)
    for k, a in enumerate(drawn):
        assert a[0] >= 0 and a[1] >= 0 and a[2] <= width and a[3] <= height
        for b in drawn[k + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@settings(max_examples=150, deadline=None)
@given(graph=dags())
def test_no_edge_runs_through_a_box(graph):
    sizes, edges = graph
    centres, lines, _ = layered(sizes, edges)
    drawn = boxes(sizes, centres)
    for line in lines:
        for a, b in pairwise(line):
            assert not any(crosses(a, b, box) for box in drawn)


@settings(max_examples=100, deadline=None)
@given(graph=dags())
def test_every_edge_leads_from_the_right_side_of_its_parent_to_the_left_side_of_its_consumer(graph):
    sizes, edges = graph
    centres, lines, _ = layered(sizes, edges)
    drawn = boxes(sizes, centres)
    for (start, end), line in zip(edges, lines):
        assert line[0][0] == pytest.approx(drawn[start][2])
        assert drawn[start][1] < line[0][1] < drawn[start][3]
        assert line[-1][0] == pytest.approx(drawn[end][0])
        assert drawn[end][1] < line[-1][1] < drawn[end][3]
        assert all(a[0] <= b[0] for a, b in pairwise(line))


@settings(max_examples=50, deadline=None)
@given(graph=dags())
def test_the_same_graph_is_drawn_the_same_each_time(graph):
    assert layered(*graph) == layered(*graph)


def test_the_two_edges_of_a_parent_used_twice_are_two_lines():
    _, lines, _ = layered([(40.0, 24.0)] * 2, [(0, 1), (0, 1)])
    assert lines[0] != lines[1]


def test_an_order_without_crossings_is_found():
    """A ladder whose far side is given upside down: one exchange a rung undoes every crossing."""
    n = 12
    edges = [(k, 2 * n - 1 - k) for k in range(n)]
    centres, _, _ = layered([(40.0, 24.0)] * (2 * n), edges)
    order = sorted(range(n), key=lambda k: centres[k][1])
    assert [centres[2 * n - 1 - k][1] for k in order] == sorted(centres[2 * n - 1 - k][1] for k in range(n))


def test_a_chain_is_a_straight_line():
    centres, _, _ = layered([(40.0, 24.0)] * 6, [(k, k + 1) for k in range(5)])
    assert len({y for _, y in centres}) == 1


def test_nothing_and_single_boxes_are_drawn():
    assert layered([], [])[0] == []
    centres, lines, _ = layered([(40.0, 24.0)], [])
    assert len(centres) == 1 and lines == []


def test_a_cycle_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="cycle"):
        layered([(40.0, 24.0)] * 2, [(0, 1), (1, 0)])
