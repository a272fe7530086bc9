"""Runs every bench and prints its table."""

from bench import cadence, classifier, classify, month, parse, stories

for bench in (parse, classify, classifier, cadence, stories, month):
    print(f"\n# {bench.__doc__}")
    bench.main()
