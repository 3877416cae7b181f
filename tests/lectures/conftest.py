"""What the browser tests and the notebook tests use, for the tests of one lecture."""

from tests.browser.conftest import lab, lab_server  # noqa: F401
from tests.notebooks.conftest import sealed_environment  # noqa: F401
