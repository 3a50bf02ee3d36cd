"""jamroom: live, collaborative improvisation in one room."""

__version__ = "0.1.0"
