"""Two exercises that ask for libraries, as later lectures do. Importing this adds them to the course's.

``python -m tests.examples WORDS`` is the command `karpathy-course WORDS` that knows them too.
"""

from pathlib import Path

import karpathy_course.checks

FOLDER = str(Path(__file__).parent)
if FOLDER not in karpathy_course.checks.__path__:
    karpathy_course.checks.__path__.append(FOLDER)
