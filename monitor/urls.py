"""Every page's address. Pages belong to `review`; what machines ask for (/healthz) belongs here."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("review.urls")),
]
