"""Every exercise notebook as the learner first opens it: it runs to its end, and no stub earns a point."""

import os

import pytest
from nbclient import NotebookClient

from karpathy_course import checks

from .conftest import name, notebooks, read

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", notebooks("exercises"), ids=name)
def test_every_stub_fails_its_check(path, sealed_environment, monkeypatch):
    for variable, value in sealed_environment.items():
        monkeypatch.setitem(os.environ, variable, value)
    notebook = read(path)
    NotebookClient(
        notebook, timeout=60, allow_errors=True, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    graded = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    wanted = [e.id for e in checks.all_exercises() if e.id.startswith(path.name[:2])]
    assert [c.id for c in graded] == [f"check-{id.replace('.', '-')}" for id in wanted]
    for cell in graded:
        points = [o.data["text/plain"] for o in cell.outputs if o.output_type == "execute_result"]
        assert points == ["0.0"], cell.id
        assert not any(o.get("name") == "stderr" for o in cell.outputs), cell.id
        shown = "".join(
            o.get("data", {}).get("text/plain", "") for o in cell.outputs if o.output_type == "display_data"
        )
        assert "still open" in shown or "There is no" in shown or "raise" in shown, shown
