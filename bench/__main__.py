"""Runs every bench and prints its table."""

from bench import classify, parse

for bench in (parse, classify):
    print(f"\n# {bench.__doc__}")
    bench.main()
