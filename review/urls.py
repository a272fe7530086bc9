"""The pages' addresses."""

from django.urls import path

from review.bot.webhook import PATH as WEBHOOK
from review.bot.webhook import telegram_webhook
from review.healthz import healthz
from review.metrics import metrics
from review.pages.actions import actions_page
from review.pages.alerts import alerts_page, resend_alert
from review.pages.board import board_page, place_candidate
from review.pages.bulk import bulk
from review.pages.candidate import candidate_page
from review.pages.candidates import candidates_page
from review.pages.closing import close_issue, reopen_issue
from review.pages.coverage import compare_page, coverage_page
from review.pages.deciding import decide_story, undo_last
from review.pages.export import export_issue, preview_page
from review.pages.feed import topic_feed
from review.pages.handling import assign_story, comment_story, retag_story
from review.pages.issues import issue_settings, issues_page, new_issue
from review.pages.live import live
from review.pages.me import me_page
from review.pages.overview import overview_page
from review.pages.past_issues import past_issue_page, past_issues_page
from review.pages.paste import paste_page
from review.pages.people import people_page, person_page
from review.pages.quality import quality_page, rehearse_model
from review.pages.queue import queue_page, story_text
from review.pages.recipients import act_on_recipient, recipient_page, recipients_page
from review.pages.signin import signin_link, signin_mail, signin_page, signout
from review.pages.sources import sources_page
from review.pages.start import start_page
from review.pages.story import object_to_word, story_page
from review.pages.topics import topics_page
from review.pages.unsubscribe import unsubscribe
from review.pages.views import views_page

app_name = "review"
urlpatterns = [
    path("", queue_page, name="queue"),
    path("bulk", bulk, name="bulk"),
    path("live", live, name="live"),
    path("stories/<int:story_id>", story_page, name="story"),
    path("stories/<int:story_id>/text", story_text, name="story-text"),
    path("stories/<int:story_id>/decide", decide_story, name="decide"),
    path("stories/<int:story_id>/objections", object_to_word, name="object"),
    path("stories/<int:story_id>/assign", assign_story, name="assign"),
    path("stories/<int:story_id>/comment", comment_story, name="comment"),
    path("stories/<int:story_id>/topics", retag_story, name="retag"),
    path("undo", undo_last, name="undo"),
    path("views/", views_page, name="views"),
    path("candidates/", candidates_page, name="candidates"),
    path("candidates/paste", paste_page, name="paste"),
    path("candidates/<int:candidate_id>", candidate_page, name="candidate"),
    path("issues/", issues_page, name="issues"),
    path("issues/new", new_issue, name="issue-new"),
    path("issues/<int:issue_id>/", board_page, name="issue"),
    path("issues/<int:issue_id>/settings", issue_settings, name="issue-settings"),
    path("issues/<int:issue_id>/place", place_candidate, name="issue-place"),
    path("issues/<int:issue_id>/close", close_issue, name="issue-close"),
    path("issues/<int:issue_id>/reopen", reopen_issue, name="issue-reopen"),
    path("issues/<int:issue_id>/coverage", coverage_page, name="issue-coverage"),
    path("issues/<int:issue_id>/compare", compare_page, name="issue-compare"),
    path("issues/<int:issue_id>/preview", preview_page, name="issue-preview"),
    path("issues/<int:issue_id>/export/<str:form>", export_issue, name="issue-export"),
    path("issues/past/", past_issues_page, name="past_issues"),
    path("issues/past/<int:issue_id>", past_issue_page, name="past_issue"),
    path("overview/", overview_page, name="overview"),
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
    path("people/", people_page, name="people"),
    path("people/<int:user_id>/", person_page, name="person"),
    path("actions/", actions_page, name="actions"),
    path("feeds/<slug:topic>.atom", topic_feed, name="feed"),
    path("me/", me_page, name="me"),
    path("start/", start_page, name="start"),
    path("signin/", signin_page, name="signin"),
    path("signin/mail", signin_mail, name="signin-mail"),
    path("signin/<str:token>/", signin_link, name="signin-link"),
    path("signout/", signout, name="signout"),
    path("unsubscribe/<str:token>", unsubscribe, name="unsubscribe"),
    path(WEBHOOK, telegram_webhook, name="telegram_webhook"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
]
