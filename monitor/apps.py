"""The collector as a Django app."""

from django.apps import AppConfig


class MonitorConfig(AppConfig):
    """What Django knows the package by; people read `verbose_name` over its tables in the admin."""

    name = "monitor"
    verbose_name = "수집"
