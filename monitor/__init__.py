"""The collector: sources in, entries and stories out; also the Django project."""

__version__ = "0.1.0"
