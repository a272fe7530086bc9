# Written by makemigrations: what forgotten entries were known by, and when the daily chores were done.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0002_health_pages_stories"),
    ]

    operations = [
        migrations.CreateModel(
            name="Chore",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("done_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Forgotten",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("guid", models.BigIntegerField(blank=True, null=True)),
                ("link", models.BigIntegerField(blank=True, null=True)),
                ("title", models.BigIntegerField(blank=True, null=True)),
                ("text", models.BigIntegerField(blank=True, null=True)),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="monitor.source",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "forgotten",
                "indexes": [
                    models.Index(
                        condition=models.Q(("guid__isnull", False)),
                        fields=["source", "guid"],
                        name="forgotten_guid",
                    ),
                    models.Index(
                        condition=models.Q(("link__isnull", False)),
                        fields=["source", "link"],
                        name="forgotten_link",
                    ),
                    models.Index(
                        condition=models.Q(("text__isnull", False)),
                        fields=["source", "text"],
                        name="forgotten_text",
                    ),
                ],
            },
        ),
    ]
