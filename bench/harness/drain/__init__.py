"""Trials of what a stop and a restart cost; see bench/drain."""
