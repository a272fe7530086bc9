"""The index that stories are found by (docs/decisions/search.md): made, kept true to what editors decide, and filled.

Not one transaction: filling it takes a minute for every few hundred thousand stories, and what is done stays done
where it is interrupted.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from review.search.index import index_rest

# Terms hold letters, digits and these three signs; everything beyond ASCII is a letter to this tokenizer, and the text
# that it is given is cut into terms already.
_SQLITE = [
    """CREATE VIRTUAL TABLE IF NOT EXISTS review_search USING fts5 (
        state, terms, columnsize = 0, tokenize = "ascii tokenchars ':_-'"
    )""",
    """CREATE TRIGGER IF NOT EXISTS review_search_moved AFTER UPDATE OF queue ON monitor_story
    WHEN old.queue <> new.queue
    BEGIN UPDATE review_search SET state = 'queue:' || new.queue WHERE rowid = new.id; END""",
    """CREATE TRIGGER IF NOT EXISTS review_search_gone AFTER DELETE ON monitor_story
    BEGIN DELETE FROM review_search WHERE rowid = old.id; END""",
]
_POSTGRESQL = [
    "CREATE TABLE IF NOT EXISTS review_search (story_id bigint PRIMARY KEY, terms tsvector NOT NULL)",
    "CREATE INDEX IF NOT EXISTS review_search_terms ON review_search USING gin (terms)",
    """CREATE OR REPLACE FUNCTION review_search_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE review_search
        SET terms = ts_delete(terms, 'queue:' || old.queue) || array_to_tsvector(ARRAY['queue:' || new.queue])
        WHERE story_id = new.id;
        RETURN NULL;
    END $$""",
    """CREATE OR REPLACE TRIGGER review_search_moved AFTER UPDATE OF queue ON monitor_story
    FOR EACH ROW WHEN (old.queue IS DISTINCT FROM new.queue) EXECUTE FUNCTION review_search_move()""",
    """CREATE OR REPLACE FUNCTION review_search_forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM review_search WHERE story_id = old.id;
        RETURN NULL;
    END $$""",
    """CREATE OR REPLACE TRIGGER review_search_gone AFTER DELETE ON monitor_story
    FOR EACH ROW EXECUTE FUNCTION review_search_forget()""",
]


def make(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in _SQLITE if schema_editor.connection.vendor == "sqlite" else _POSTGRESQL:
        schema_editor.execute(statement, None)


def fill(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for _part in index_rest():
        pass


def drop(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_table = "" if schema_editor.connection.vendor == "sqlite" else " ON monitor_story"
    for trigger in ("review_search_moved", "review_search_gone"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {trigger}{on_table}", None)
    schema_editor.execute("DROP TABLE IF EXISTS review_search", None)
    if on_table:
        schema_editor.execute("DROP FUNCTION IF EXISTS review_search_move, review_search_forget", None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("classifiers", "0003_objections_nearest"),
        ("monitor", "0002_health_pages_stories"),
        ("review", "0004_next_issue"),
    ]

    operations = [
        migrations.RunPython(make, drop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
