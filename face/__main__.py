"""``python -m chainstep``: the command, where its script is not on the path."""

import sys

from chainstep.tui.start import main

if __name__ == "__main__":
    sys.exit(main())
