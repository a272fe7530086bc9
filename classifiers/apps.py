"""The classifiers package as a Django app."""

from django.apps import AppConfig


class ClassifiersConfig(AppConfig):
    """What Django knows the package by; people read `verbose_name` over its tables in the admin."""

    name = "classifiers"
    verbose_name = "분류"
