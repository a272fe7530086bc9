"""Runs every bench and prints its table."""

from bench import classify, parse, stories

for bench in (parse, classify, stories):
    print(f"\n# {bench.__doc__}")
    bench.main()
