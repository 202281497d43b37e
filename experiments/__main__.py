"""`python -m experiments`: run, list and redraw the experiments. See `python -m experiments --help`."""

from experiments.lab import cli

if __name__ == "__main__":
    cli.main()
