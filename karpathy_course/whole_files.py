"""A file is there whole or not at all, at whatever moment its writer is stopped."""

import contextlib
import os
import threading


def write_whole(path, data, lasting=True):
    """Replace the file at path by one that holds data (bytes); what stood there stays until all is written.

    Two processes or threads that write at once do not mix. One that is killed may leave `leftovers`. A link stays a link.
    lasting: wait until the disk has it. Raises OSError that names path: no space, a folder in its place, a file
    that another program holds open.
    """
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.writing")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def leftovers(folder):
    """What killed writers have left in folder, where no other writes now."""
    return sorted(folder.glob(".*.writing"))
