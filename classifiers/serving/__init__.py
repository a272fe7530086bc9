"""Trained models in use: kept as files, one of them in force, loaded once a process."""
