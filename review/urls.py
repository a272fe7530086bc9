"""The pages' addresses."""

from django.urls import path

from review.bot.webhook import PATH as WEBHOOK
from review.bot.webhook import telegram_webhook
from review.healthz import healthz
from review.pages.alerts import alerts_page, resend_alert
from review.pages.candidates import candidates_page
from review.pages.deciding import decide_story, undo_last
from review.pages.past_issues import past_issue_page, past_issues_page
from review.pages.quality import quality_page, rehearse_model
from review.pages.queue import queue_page
from review.pages.recipients import act_on_recipient, recipient_page, recipients_page
from review.pages.signin import signin_link, signin_page, signout
from review.pages.sources import sources_page
from review.pages.story import object_to_word, story_page
from review.pages.topics import topics_page
from review.pages.unsubscribe import unsubscribe

app_name = "review"
urlpatterns = [
    path("", queue_page, name="queue"),
    path("stories/<int:story_id>", story_page, name="story"),
    path("stories/<int:story_id>/decide", decide_story, name="decide"),
    path("stories/<int:story_id>/objections", object_to_word, name="object"),
    path("undo", undo_last, name="undo"),
    path("candidates/", candidates_page, name="candidates"),
    path("issues/past/", past_issues_page, name="past_issues"),
    path("issues/past/<int:issue_id>", past_issue_page, name="past_issue"),
    path("sources/", sources_page, name="sources"),
    path("topics/", topics_page, name="topics"),
    path("alerts/", alerts_page, name="alerts"),
    path("alerts/<int:alert_id>/resend", resend_alert, name="resend"),
    path("recipients/", recipients_page, name="recipients"),
    path("recipients/new/", recipient_page, name="recipient-new"),
    path("recipients/<int:recipient_id>/", recipient_page, name="recipient"),
    path("recipients/<int:recipient_id>/act", act_on_recipient, name="recipient-act"),
    path("quality/", quality_page, name="quality"),
    path("quality/rehearse", rehearse_model, name="rehearse"),
    path("signin/", signin_page, name="signin"),
    path("signin/<str:token>/", signin_link, name="signin-link"),
    path("signout/", signout, name="signout"),
    path("unsubscribe/<str:token>", unsubscribe, name="unsubscribe"),
    path(WEBHOOK, telegram_webhook, name="telegram_webhook"),
    path("healthz", healthz, name="healthz"),
]
