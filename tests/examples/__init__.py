"""Two exercises that ask for libraries, as later lectures do, and that the course itself does not have.

``import tests.examples.known`` adds them to the course's in this process; ``python -m tests.examples WORDS`` is the
command `karpathy-course WORDS` that knows them.
"""

from pathlib import Path

FOLDER = str(Path(__file__).parent)
