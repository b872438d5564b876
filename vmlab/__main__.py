"""`python -m vmlab` is the command `vmlab`."""

from vmlab.cli import main

main()
