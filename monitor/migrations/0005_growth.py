"""What keeps a look as quick with much kept as with little: the few sources that fail, and the visits of the last hour."""

from django.db import migrations, models

# A table that grows at its end: a few bytes for every 32 pages of it tell which hold an hour's visits
# (https://www.postgresql.org/docs/current/brin.html). SQLite has no such index, nor so many visits.
_ADD = "CREATE INDEX poll_by_time ON monitor_poll USING brin (started_at) WITH (autosummarize = on, pages_per_range = 32)"
_REMOVE = "DROP INDEX poll_by_time"


def _on_postgresql(statement):
    def run(apps, editor):
        if editor.connection.vendor == "postgresql":
            editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0004_host_turns"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="source",
            index=models.Index(
                condition=models.Q(("failures__gt", 0)), fields=["failures"], name="source_failing"
            ),
        ),
        migrations.RunPython(_on_postgresql(_ADD), _on_postgresql(_REMOVE)),
    ]
