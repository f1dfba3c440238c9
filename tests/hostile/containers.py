"""Archives of a hostile author that are wrong as archives, whatever is inside: for model and project files alike."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable

from hostile import models, projects
from hostile.cases import Cases
from hostile.pickles import PICKLES, UNDER

CONTAINERS = Cases()
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
Members = list[tuple[zipfile.ZipInfo, bytes]]


def _members(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(entry, archive.read(entry)) for entry in archive.infolist()]


def rebuilt(data: bytes, change: Callable[[Members], object]) -> bytes:
    """Return the archive with its list of members changed."""
    members = _members(data)
    change(members)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in members:
            archive.writestr(entry, content)
    return stream.getvalue()


def _entry(
    name: str, *, mode: int = 0o100644, method: int = zipfile.ZIP_DEFLATED, extra: bytes = b""
) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name)
    found.external_attr, found.compress_type, found.extra, found.create_system = mode << 16, method, extra, 3
    return found


def _more(name: str, content: bytes = b"x", **how: int) -> Callable[[bytes], bytes]:
    return lambda data: rebuilt(data, lambda members: members.append((_entry(name, **how), content)))  # type: ignore[arg-type]


def _link(members: Members) -> None:
    members[0] = (_entry(members[0][0].filename, mode=0o120777), b"/etc/passwd")


def _mode(members: Members) -> None:
    members[0] = (_entry(members[0][0].filename, mode=0o106755), members[0][1])


def _named(change: Callable[[str], str]) -> Callable[[bytes], bytes]:
    def spoil(members: Members) -> None:
        members[0] = (_entry(change(members[0][0].filename)), members[0][1])

    return lambda data: rebuilt(data, spoil)


def _twice(data: bytes) -> bytes:
    """Return an archive whose first member is there twice, with another content."""
    members = _members(data)
    name = members[0][0].filename
    spoilt = rebuilt(data, lambda found: found.insert(0, (_entry("X" * len(name)), b"{}")))
    return spoilt.replace(b"X" * len(name), name.encode())


def _at(mark: bytes, offset: int, new: bytes) -> Callable[[bytes], bytes]:
    """Overwrite a field behind the first `mark`."""

    def spoil(data: bytes) -> bytes:
        place = data.index(mark) + offset
        return data[:place] + new + data[place + len(new) :]

    return spoil


def _at_all(mark: bytes, offset: int, new: bytes) -> Callable[[bytes], bytes]:
    """Overwrite a field behind each `mark`."""

    def spoil(data: bytes) -> bytes:
        found, place = bytearray(data), data.find(mark)
        while place >= 0:
            found[place + offset : place + offset + len(new)] = new
            place = data.find(mark, place + 1)
        return bytes(found)

    return spoil


def _zip64(data: bytes) -> bytes:
    """Return an archive whose first member says in an extra field that it is of 2**62 bytes."""
    extra = struct.pack("<HHQQ", 1, 16, 1 << 62, 1 << 62)
    spoilt = rebuilt(data, lambda found: found.__setitem__(0, (_entry(found[0][0].filename, extra=extra), found[0][1])))
    place = spoilt.index(CENTRAL)
    return spoilt[: place + 20] + b"\xff" * 8 + spoilt[place + 28 :]


def _zip64_end(data: bytes) -> bytes:
    """Return an archive with an end of the 64-bit kind, which names a directory of 2**60 bytes."""
    place = data.rindex(END)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 2, 2, 1 << 60, 0)
    return data[:place] + record + struct.pack("<4sIQI", b"PK\x06\x07", 0, place, 1) + data[place:]


def _overlapping(data: bytes) -> bytes:
    """Let both entries of the directory point at the first member."""
    place = data.index(CENTRAL, data.index(CENTRAL) + 4)
    return data[: place + 42] + b"\0\0\0\0" + data[place + 46 :]


def _shifted(data: bytes) -> bytes:
    """Let the directory lie where the first member is."""
    place = data.rindex(END)
    return data[: place + 16] + b"\0\0\0\0" + data[place + 20 :]


def _nested(data: bytes) -> bytes:
    """Put the archive into an archive, six times."""
    for _ in range(6):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_members(data)[0][0].filename, data)
        data = stream.getvalue()
    return data


def _two(data: bytes) -> bytes:
    """Return two archives one behind the other: readers disagree about which one counts."""
    return rebuilt(data, lambda found: found.__setitem__(0, (found[0][0], b"{}"))) + data


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "up": _more("../../touched"), "absolute": _more("/touched"), "backslash": _more("..\\..\\touched"),
    "drive": _more("C:\\touched"), "share": _more("\\\\host\\share\\touched"), "nul-name": _more("a\0b"), "blank-name": _more(" "),
    "folder": _more("a/", b""), "empty-name": _more("", b""), "long-name": _more("a" * 60_000), "escape-name": _more("\x1b[2J\u202e"),
    "link-more": _more("link", b"/etc/passwd", mode=0o120777), "device-more": _more("device", b"", mode=0o060666), "pipe-more": _more("pipe", b"", mode=0o010666),
    "dot": _named(lambda name: "./" + name), "upper": _named(str.upper), "case": _named(str.title), "blank": _named(lambda name: name + " "),
    "wide": _named(lambda name: name.replace("o", "ｏ")), "folder-of-it": _named(lambda name: name + "/"), "back": _named(lambda name: "a\\..\\" + name),
    "twice": _twice, "link": lambda data: rebuilt(data, _link), "set-uid": lambda data: rebuilt(data, _mode), "none": lambda data: rebuilt(data, lambda found: found.clear()),
    "only-first": lambda data: rebuilt(data, lambda found: found.__delitem__(slice(1, None))), "only-last": lambda data: rebuilt(data, lambda found: found.__delitem__(slice(0, 1))),
    "local-name": _at(LOCAL, 30, b"X"), "local-method": _at(LOCAL, 8, b"\0\0"), "local-crc": _at(LOCAL, 14, b"\1\2\3\4"), "local-size": _at(LOCAL, 22, b"\xff\xff\xff\x7f"),
    "local-packed": _at(LOCAL, 18, b"\1\0\0\0"), "local-name-length": _at(LOCAL, 26, b"\xff\xff"), "local-extra-length": _at(LOCAL, 28, b"\xff\xff"), "local-mark": _at(LOCAL, 0, b"XXXX"),
    "central-crc": _at(CENTRAL, 16, b"\1\2\3\4"), "central-size": _at(CENTRAL, 24, b"\xff\xff\xff\x7f"), "central-packed": _at(CENTRAL, 20, b"\xff\xff\xff\x7f"),
    "central-small": _at(CENTRAL, 24, b"\1\0\0\0"), "central-packed-small": _at(CENTRAL, 20, b"\1\0\0\0"), "central-offset": _at(CENTRAL, 42, b"\xff\xff\xff\x7f"),
    "central-extra": _at(CENTRAL, 30, b"\xff\xff"), "central-comment": _at(CENTRAL, 32, b"\xff\xff"), "central-disk": _at(CENTRAL, 34, b"\xff\x7f"), "central-flags": _at(CENTRAL, 8, b"\xff\xff"),
    "encrypted": lambda data: _at_all(CENTRAL, 8, b"\1")(_at_all(LOCAL, 6, b"\1")(data)), "strong": _at_all(CENTRAL, 8, b"\x41"), "patched": _at_all(CENTRAL, 8, b"\x20"),
    "bzip2": lambda data: _at_all(CENTRAL, 10, b"\x0c")(_at_all(LOCAL, 8, b"\x0c")(data)), "lzma": lambda data: _at_all(CENTRAL, 10, b"\x0e")(_at_all(LOCAL, 8, b"\x0e")(data)),
    "zstd": lambda data: _at_all(CENTRAL, 10, b"\x5d")(_at_all(LOCAL, 8, b"\x5d")(data)), "deflate64": lambda data: _at_all(CENTRAL, 10, b"\x09")(_at_all(LOCAL, 8, b"\x09")(data)),
    "end-count": _at(END, 10, b"\xff\xff"), "end-size": _at(END, 12, b"\xff\xff\xff\x7f"), "end-offset": _at(END, 16, b"\xff\xff\xff\x7f"), "end-disk": _at(END, 4, b"\1\0\1\0"),
    "end-comment": _at(END, 20, b"\xff\xff"), "zip64": _zip64, "zip64-end": _zip64_end, "overlapping": _overlapping, "shifted": _shifted, "nested": _nested, "two": _two,
    "prefix": lambda data: b"#!/bin/sh\ntouch touched\nexit\n" + data, "prefix-elf": lambda data: b"\x7fELF" + b"\0" * 9_000 + data, "suffix": lambda data: data + b"\0" * 70_000,
    "gzipped": lambda data: gzip.compress(data), "tar": lambda data: _tarred(data), "sevenzip": lambda data: b"7z\xbc\xaf\x27\x1c\0\4" + data,
}  # fmt: skip


def _tarred(data: bytes) -> bytes:
    import tarfile

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in ("../../touched", "model.json"):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


_GOOD: dict[str, Callable[[], bytes]] = {"wbm": models.packed, "wbp": projects.packed}
for _ending, _good in _GOOD.items():
    for _key, _spoil in SPOILT.items():
        CONTAINERS.bytes(f"{_key}.{_ending}", lambda good=_good, spoil=_spoil: spoil(good()))
    for _key, _pickle in PICKLES.items():
        CONTAINERS.bytes(f"pickle-{_key}.{_ending}", _pickle)
        for _name in ("data.pkl", "archive/data.pkl", "__main__.py"):
            CONTAINERS.bytes(
                f"pickle-{_key}-{_name.replace('/', '-')}.{_ending}",
                lambda good=_good, name=_name, data=_pickle: _more(name, data())(good()),
            )
for _ending in UNDER:
    for _key in ("4", "torch", "npy"):
        CONTAINERS.bytes(f"pickle-{_key}.{_ending}", PICKLES[_key])
