"""Subscribers, subscriptions and endpoints as plain values, and the rules about them. Pure: no I/O, no clock, no randomness."""
