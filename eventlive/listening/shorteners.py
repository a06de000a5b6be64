"""Hosts whose links hide where they lead.

Owns the list. Pure.
"""

from __future__ import annotations

SHORTENERS = frozenset(
    {
        "adf.ly",
        "amzn.to",
        "bit.do",
        "bit.ly",
        "bl.ink",
        "buff.ly",
        "cutt.ly",
        "dlvr.it",
        "goo.gl",
        "ift.tt",
        "is.gd",
        "j.mp",
        "kutt.it",
        "lnkd.in",
        "ow.ly",
        "rb.gy",
        "rebrand.ly",
        "s.id",
        "short.gy",
        "shorturl.at",
        "shrtco.de",
        "snip.ly",
        "soo.gd",
        "t.ly",
        "t2m.io",
        "tiny.cc",
        "tinyurl.com",
        "tr.im",
        "trib.al",
        "u.to",
        "v.gd",
        "x.gd",
    }
)
"""Hosts whose links hide where they lead. Not t.co: X wraps every link in it."""
