"""An index of the messages that were edited: what was edited within the last minute is asked for before every message."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0003_digests_rules"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("revised_at__isnull", False)),
                fields=["-revised_at"],
                name="alert_revised",
            ),
        ),
    ]
