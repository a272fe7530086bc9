"""What is about PostgreSQL alone; `make test` runs the suite a second time there."""

import pytest
from django.db import connection

ON_POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL")
