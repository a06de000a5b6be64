"""The operator's console, driven through its keys against an engine made for the tests."""
