"""`python -m headgate`."""

import sys


def main() -> None:
    """The `headgate` command."""
    from headgate.cli.app import run  # noqa: PLC0415 - keeps `import headgate` free of the command line

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
