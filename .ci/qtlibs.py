"""Qt's system libraries. As a script: prints the Debian packages that are missing, on one line.

Where they cannot be installed, .ci/setup unpacks them below .venv/qtlibs and puts a copy of this file into
the virtual environment, whose .pth file imports it at every start: they are loaded just before PySide6 is.
"""

import os
import sys

ROOT = os.path.join(sys.prefix, "qtlibs")
NEEDED = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
SYSTEM_FONTS = "/usr/share/fonts"
FONTS = (SYSTEM_FONTS, "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", ROOT + SYSTEM_FONTS)


def preload() -> list[str]:
    """Load all that Qt needs, the system's own first; answer the packages of what cannot be loaded."""
    import ctypes
    import glob

    files = glob.glob(ROOT + "/lib/*/*.so*") + glob.glob(ROOT + "/usr/lib/*/*.so*")
    ours = {os.path.basename(path): path for path in files}

    def load(name: str) -> bool:
        for path in filter(None, (name, ours.get(name))):
            while True:
                try:
                    ctypes.CDLL(path)
                    return True
                except OSError as error:  # "libX.so.1: cannot open shared object file", which path needs
                    lacks, _, reason = str(error).partition(": ")
                    absent = reason.startswith("cannot open shared object")
                    if not absent or lacks in (name, path) or not load(lacks):
                        break
        return False

    return [package for name, package in NEEDED.items() if not load(name)]


def set_data_folders() -> None:
    """Point the libraries to data below ROOT where the system has none: keyboard maps, locales, fonts."""
    places = {"XKB_CONFIG_ROOT": "/usr/share/X11/xkb", "XLOCALEDIR": "/usr/share/X11/locale"}
    for variable, place in places.items():
        if not os.path.exists(place) and os.path.exists(ROOT + place):
            os.environ.setdefault(variable, ROOT + place)
    if os.path.exists(ROOT + SYSTEM_FONTS):
        os.environ.setdefault("FONTCONFIG_FILE", ROOT + "/fonts.conf")


class BeforePySide6:
    """An import hook that finds nothing, but acts when PySide6 is asked for. Costs nothing until then."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "PySide6":
            sys.meta_path.remove(self)
            preload()
            set_data_folders()


def a_font_exists() -> bool:
    names = (n for top in FONTS for _, _, found in os.walk(os.path.expanduser(top)) for n in found)
    return any(name.endswith((".ttf", ".otf", ".ttc", ".pfb")) for name in names)


if __name__ == "__main__":
    print(*dict.fromkeys(preload() + ([] if a_font_exists() else ["fonts-dejavu-core"])))  # noqa: T201
elif os.path.isdir(ROOT):
    sys.meta_path.insert(0, BeforePySide6())
