"""The collector: sources in, entries and stories out; also the Django project."""

__version__ = "1.0.0"
