"""The pages' addresses."""

from django.urls import path

from review.healthz import healthz
from review.pages.alerts import alerts_page
from review.pages.candidates import candidates_page
from review.pages.deciding import decide_story, undo_last
from review.pages.quality import quality_page
from review.pages.queue import queue_page
from review.pages.signin import signin_link, signin_page, signout
from review.pages.sources import sources_page
from review.pages.story import story_page
from review.pages.topics import topics_page

app_name = "review"
urlpatterns = [
    path("", queue_page, name="queue"),
    path("stories/<int:story_id>", story_page, name="story"),
    path("stories/<int:story_id>/decide", decide_story, name="decide"),
    path("undo", undo_last, name="undo"),
    path("candidates/", candidates_page, name="candidates"),
    path("sources/", sources_page, name="sources"),
    path("topics/", topics_page, name="topics"),
    path("alerts/", alerts_page, name="alerts"),
    path("quality/", quality_page, name="quality"),
    path("signin/", signin_page, name="signin"),
    path("signin/<str:token>/", signin_link, name="signin-link"),
    path("signout/", signout, name="signout"),
    path("healthz", healthz, name="healthz"),
]
