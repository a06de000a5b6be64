"""The tests of eventlive, and what they share; no test of its own."""
