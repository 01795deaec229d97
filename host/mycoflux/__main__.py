"""`python -m mycoflux`: the command line."""

from mycoflux.start import main

main()
