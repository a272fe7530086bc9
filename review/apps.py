"""The review package as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_save
from django.http import HttpRequest, HttpResponse


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "검토"

    def ready(self) -> None:
        """Sends the admin's sign-in to ours, so that there is one door with one throttle."""
        from django.contrib import admin

        admin.site.login = _admin_signin  # type: ignore[method-assign]
        # Accounts are closed, not deleted; and what is deleted in bulk leaves no signal behind it.
        admin.site.disable_action("delete_selected")
        post_save.connect(_note_admin, sender="admin.LogEntry", dispatch_uid="review.accounts.actions")


def _note_admin(sender: object, **signal: Any) -> None:
    from review.accounts.actions import note_admin

    note_admin(sender, **signal)


def _admin_signin(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    # Imported when somebody comes: the pages bring numpy along, which most commands never need.
    from review.pages.signin import admin_signin

    return admin_signin(request, extra_context)
