"""`make bench`: the benches that need no arguments and few minutes, each in a process of its own, with their tables."""

import subprocess
import sys

from bench import cadence, classifier, classify, deliveries, latency, month, pages, parse, peers, stories

for bench in (parse, classify, classifier, cadence, stories, month, deliveries, latency, pages, peers):
    print(f"\n# {bench.__doc__}", flush=True)
    subprocess.run([sys.executable, "-c", f"from {bench.__name__} import main; main()"], check=True)
