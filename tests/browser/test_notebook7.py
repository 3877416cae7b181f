"""A widget in Jupyter Notebook 7, whose page is another one than JupyterLab's, on the cells of a real lecture."""

from .conftest import lecture, open_and_run


def test_the_player_plays_in_notebook_7_too(page, notebook_server):
    notebook_server.put(lecture("02", "widget-graph-player"), "02.ipynb")
    open_and_run(page, notebook_server.notebook7("02.ipynb"))
    player = page.get_by_test_id("graph-player").first
    player.wait_for()
    player.get_by_test_id("scrub").press("End")
    assert player.locator("[data-node][data-name=b]").get_attribute("data-grad") == "19"
