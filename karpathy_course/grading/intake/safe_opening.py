"""Opening what strangers handed in: a regular file, a zip, a file in a zip; never a link, a pipe or a bomb.

Nothing is unpacked to disk, and nothing is read without a limit, whatever a file or a zip says of its own size.
Whatever is refused is said in words that end a sentence which the file's name begins.
"""

import contextlib
import errno
import io
import os
import re
import stat
import zipfile

LARGEST = 500_000_000  # bytes of one notebook, unpacked
TOO_LARGE = f"is larger than {LARGEST // 1_000_000} MB: clear its outputs, or ask for that."
MOST_MEMBERS = 10_000  # files in one zip
LARGEST_DIRECTORY = 4_000_000  # bytes of a zip's list of its files
DEFLATE_RATIO = 1_032  # no stretch of deflate unpacks to more
SUSPECT_RATIO, SUSPECT_SIZE = 100, 2_000_000_000  # a whole zip that unpacks to both more is a bomb
ODD_MEMBER = "is a link or a device: put the file itself in its place."
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others may ask for gigabytes of memory
ENCRYPTED = 0x1 | 0x40 | 0x2000
FLAGS = os.O_RDONLY
for _name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK"):
    FLAGS |= getattr(os, _name, 0)
FOLDER_FLAGS = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC if hasattr(os, "O_PATH") else None


class Refused(Exception):
    """Not opened or not read to its end; the message ends a sentence: what is wrong, and what to do."""


class Sips(io.FileIO):
    """A file that is never read in one gulp: zipfile asks for as many bytes at once as the zip tells it to."""

    def read(self, size=-1):
        most = LARGEST_DIRECTORY
        data = super().read(most + 1 if size is None or size < 0 else min(size, most + 1))
        if len(data) > most:
            raise Refused(f"has a list of files of more than {most // 1_000_000} MB: unpack it by hand.")
        return data


def odd_kind(status):
    """What a thing on the disk is, by its lstat, where it is neither a regular file nor a folder; None where it is."""
    tag = getattr(status, "st_reparse_tag", 0)
    if stat.S_ISLNK(status.st_mode) or (tag and tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)):
        return "a link, and links are not followed"
    if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
        return None
    return "a pipe, a socket or a device"


@contextlib.contextmanager
def regular(path):
    """A regular file, open for reading and never waited for. Raises Refused, also where it changes meanwhile."""
    try:
        named = os.lstat(path)
        if kind := odd_kind(named):
            raise Refused(f"is {kind}: put the file itself in its place.")
        descriptor = opened(path)
    except OSError as error:
        raise Refused(f"cannot be read ({error.strerror}): make it a readable file.") from None
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode) or not os.path.samestat(named, before):
        os.close(descriptor)
        raise Refused("is no regular file, or was changed just now: put the file itself in its place.")
    with Sips(descriptor) as file:
        yield file
        after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise Refused("was changed while it was read: grade it again.")


def opened(path):
    """A descriptor of the file at this path, which has no links in it: not even in folders that were real when listed.

    Each folder is opened from the one above it; Refused where one is a link now. Where the system cannot do that, only
    the file itself is no link.
    """
    if os.open not in os.supports_dir_fd or FOLDER_FLAGS is None:
        return os.open(path, FLAGS)
    parts = os.path.abspath(path).split(os.sep)[1:]
    folder = os.open(os.sep, FOLDER_FLAGS)
    try:
        for part in parts[:-1]:
            try:
                inner = os.open(part, FOLDER_FLAGS, dir_fd=folder)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENOTDIR):
                    said = "lies in a folder that has become a link: put the folder itself in its place."
                    raise Refused(said) from None
                raise
            os.close(folder)
            folder = inner
        return os.open(parts[-1], FLAGS, dir_fd=folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def opened_zip(path):
    """A zip file, open for reading its members. Raises Refused where it is damaged or could be a bomb."""
    with regular(path) as file:
        with unpacking():
            content = zipfile.ZipFile(file)
        if len(content.filelist) > MOST_MEMBERS:
            raise Refused(f"holds more than {MOST_MEMBERS} files: unpack it by hand.")
        size = os.fstat(file.fileno()).st_size
        if sum(info.compress_size for info in content.filelist) > size:
            raise Refused("is a bomb: its files lie over each other. Ask for another.")
        unpacked = sum(info.file_size for info in content.filelist)
        if unpacked > SUSPECT_SIZE and unpacked > SUSPECT_RATIO * size:
            raise Refused(f"is a bomb: it would unpack to {unpacked // 1_000_000} MB. Ask for another.")
        yield content


@contextlib.contextmanager
def unpacking():
    """Whatever goes wrong with a zip inside is one Refused."""
    try:
        yield
    except Refused:
        raise
    except OSError as error:
        raise Refused(f"cannot be read ({error.strerror or error}).") from None
    except Exception:  # zipfile has a dozen kinds for a mangled zip: struct.error, zlib.error, KeyError, EOFError …
        raise Refused("is damaged or no zip: ask for another.") from None


def names_of(info):
    """The folders' names and the file's name of a member of a zip, or None where they would lead out of the zip.

    Where the zip does not say how its names are written, they are UTF-8 if they can be; zipfile takes them for
    code page 437. A backslash parts folders: some Windows programs write it.
    """
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    parts = re.split(r"[/\\]", name)
    if parts[0] == "" or re.match(r"[A-Za-z]:", name) or ".." in parts or "\0" in name:
        return None
    return tuple(part for part in parts if part not in ("", "."))


def refusal_of(info):
    """Why a member of a zip is not read, as the end of a sentence, or None: its kind, lock, method and size."""
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        return ODD_MEMBER
    if info.flag_bits & ENCRYPTED:
        return "is encrypted: ask for it without a password."
    if info.compress_type not in READABLE:
        return "is packed in a way other than deflate: pack it again as an ordinary zip."
    if info.file_size > LARGEST:
        return TOO_LARGE
    if info.file_size > DEFLATE_RATIO * info.compress_size + 1_000:
        return "is a bomb: it says that it unpacks to more than it can. Ask for another."
    return None


def blocks(path, member=None, size=4_096):
    """The bytes of a file, or of a member of a zip, in blocks of at most size bytes. Raises Refused."""
    if member is None:
        with regular(path) as file:
            if os.fstat(file.fileno()).st_size > LARGEST:
                raise Refused(TOO_LARGE)
            yield from bounded(file, size)
    else:
        with opened_zip(path) as content, unpacking():
            info = content.getinfo(member)
            if refusal := refusal_of(info):
                raise Refused(refusal)
            with content.open(info) as file:
                yield from bounded(file, size)


def bounded(file, size):
    left = LARGEST
    while block := file.read(size):
        left -= len(block)
        if left < 0:
            raise Refused(TOO_LARGE)
        yield block
