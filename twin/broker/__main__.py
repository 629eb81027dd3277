"""`python -m twin.broker` runs the embedded broker."""

import sys

from twin.broker.embedded import main

if __name__ == "__main__":
    sys.exit(main())
