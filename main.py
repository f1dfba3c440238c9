"""Start the window: ``python main.py [file]``."""

import sys

from workbench.ui.application import main

if __name__ == "__main__":
    sys.exit(main())
