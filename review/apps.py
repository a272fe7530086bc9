"""The review package as a Django app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "검토"

    def ready(self) -> None:
        """Sends the admin's sign-in to ours, so that there is one door with one throttle."""
        from django.contrib import admin

        from review.pages.signin import admin_signin

        admin.site.login = admin_signin  # type: ignore[method-assign]
