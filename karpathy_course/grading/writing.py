"""A file of results is there whole or not at all, whenever the run is stopped."""

import contextlib
import os


def write_whole(path, data, lasting=True):
    """Replace the file at path by one that holds data (bytes); what stood there stays until all is written.

    The temporary file beside it has a fixed name, so that what a killed run left behind is taken up by the next.
    lasting: wait until the disk has it. Raises OSError that names path: no space, a folder in its place, a file
    that another program holds open.
    """
    temporary = path.with_name(f".{path.name}.writing")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise OSError(error.errno, error.strerror, str(path)) from error
