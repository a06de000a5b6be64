"""The operator's console: a client of the engine that runs in a terminal.

Owns what an operator sees and presses; it never decides anything itself, keeps nothing but
half-written texts, and never interprets what a stranger wrote.
"""
