"""`python -m directory` is the `directory` command."""

from directory.cli import main

# A worker of `directory serve` reads this file too, under another name.
if __name__ == "__main__":
    main()
