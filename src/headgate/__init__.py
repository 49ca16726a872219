"""Headgate: declare streams in YAML and streaming SQL; check, compile, plan, apply and run them."""

from headgate._version import __version__

__all__ = ["__version__"]
