"""A programme made by others, turned into tables of the event script.

Owns what becomes of a conference system's JSON, a calendar or a spreadsheet: everything in it is
read and checked (`reading.read_schedule`), or all of it is refused with every reason and its place;
then it is written (`writing.write_toml`). Pure: bytes go in, text comes out; whoever calls opens
and writes the files. Nothing is imported here: a calendar's library takes a moment to load, and
names and lengths are read elsewhere too.
"""
