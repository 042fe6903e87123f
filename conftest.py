"""Which modules' doctests cannot be collected here: those of an extra that is not installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("neutone_sdk") else ["src/messina/export/neutone_model.py"]
