"""The pages as an ASGI application, behind the bounds of `monitor.front`: what `monitor run` or gunicorn serves."""

import os

from django.core.asgi import get_asgi_application

from monitor.front import Bounded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monitor.settings")

application = Bounded(get_asgi_application())
