"""``python -m gridgov`` is the command line."""

from gridgov.cli import main

main()
