"""The review package as a Django app."""

from django.apps import AppConfig
from django.http import HttpRequest, HttpResponse


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "검토"

    def ready(self) -> None:
        """Sends the admin's sign-in to ours, so that there is one door with one throttle."""
        from django.contrib import admin

        admin.site.login = _admin_signin  # type: ignore[method-assign]


def _admin_signin(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    # Imported when somebody comes: the pages bring numpy along, which most commands never need.
    from review.pages.signin import admin_signin

    return admin_signin(request, extra_context)
