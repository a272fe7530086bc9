"""Tests of what developers run besides the program."""
