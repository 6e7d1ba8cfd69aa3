"""Starts all of Comptoir on one machine: embedded services, processes, demo, benches. Knows the others only by their commands."""
