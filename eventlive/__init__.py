"""eventlive: a second-screen engine for live events. docs/architecture.md is the way in."""
