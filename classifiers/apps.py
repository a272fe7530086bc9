"""The classifiers package as a Django app."""

from django.apps import AppConfig


class ClassifiersConfig(AppConfig):
    name = "classifiers"
    verbose_name = "분류"
