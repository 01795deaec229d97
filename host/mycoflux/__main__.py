"""`python -m mycoflux`: the command line."""

from mycoflux.cli import main

main()
