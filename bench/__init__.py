"""Measures what users wait for, beside what they would use instead; `python -m bench` writes docs/performance.md."""
