"""`python -m heatsync`: the command line, for where its script is not on the path."""

from heatsync._cli import main

if __name__ == "__main__":
    main()
