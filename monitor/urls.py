"""The addresses of all pages: Django's admin here, everything else in `review.urls`."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("review.urls")),
]
