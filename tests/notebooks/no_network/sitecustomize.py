"""Imported by every Python that has this folder on its path: sockets reach this machine and no other.

A lecture that downloads something works on its author's desk and breaks in class. So the notebook
tests put this folder on PYTHONPATH, and an address outside the loopback range is refused at once.

Here too, because a kernel has no other place for it: Python looks less often for objects that only hold each other.
With its own 700 that takes as long as lecture 02's trainings themselves; no number that a cell prints depends on it.
"""

import gc
import ipaddress
import socket

gc.set_threshold(100_000, 20, 100)


class NetworkBlocked(OSError):
    """A notebook tried to reach another machine."""


def _is_local(family, address):
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True
    host = address[0]
    try:
        return host in ("", "localhost") or ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def _guard(name):
    original = getattr(socket.socket, name)

    def guarded(self, *args):
        address = args[-1]
        if not _is_local(self.family, address):
            raise NetworkBlocked(f"{name} to {address}: a notebook may reach only this machine")
        return original(self, *args)

    setattr(socket.socket, name, guarded)


for _name in ("connect", "connect_ex", "sendto"):
    _guard(_name)
_getaddrinfo = socket.getaddrinfo


def _guarded_getaddrinfo(host, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and not _is_local(socket.AF_INET, (name,)):
        raise NetworkBlocked(f"look-up of {name}: a notebook may reach only this machine")
    return _getaddrinfo(host, *args, **kwargs)


socket.getaddrinfo = _guarded_getaddrinfo
