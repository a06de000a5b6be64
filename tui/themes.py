"""The console's themes: dark, light, high contrast, safe for the colour-blind, the terminal's own.

Owns the colours, and the dialog that lets an operator try them on. What an ink is for stands in
console.tcss; a theme names every colour that is used there, so that its contrast can be measured.
"""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.theme import BUILTIN_THEMES, Theme

from tui.dialogs import Dialog
from tui.lines import Line, Lines, Span

DARK = Theme(
    "dark",
    primary="#0178d4",
    secondary="#004578",
    accent="#ffa62b",
    warning="#ffa62b",
    error="#a3294a",
    success="#4ebf71",
    foreground="#e0e0e0",
    background="#121212",
    surface="#1e1e1e",
    panel="#242f38",
    variables={
        "text-muted": "#a4abb2",
        "text-accent": "#ffb95c",
        "text-success": "#78d394",
        "text-warning": "#ffd75f",
        "text-error": "#ff9cb0",
        "text-primary": "#7cc0f2",
        "text-secondary": "#b9b3ff",
        "primary-muted": "#0c304c",
        "accent-muted": "#3d3120",
        "warning-muted": "#43300f",
        "success-muted": "#163b22",
        "panel-lighten-2": "#56626c",
    },
)
LIGHT = Theme(
    "light",
    primary="#004578",
    secondary="#0178d4",
    accent="#8a4b00",
    warning="#8a4b00",
    error="#a3123a",
    success="#145c2b",
    foreground="#1f1f1f",
    background="#f2f2f0",
    surface="#e8e8e6",
    panel="#dde1e5",
    dark=False,
    variables={
        "text-muted": "#4c525a",
        "text-accent": "#8a3b00",
        "text-success": "#10562a",
        "text-warning": "#6b4a00",
        "text-error": "#a3123a",
        "text-primary": "#004b85",
        "text-secondary": "#4f35ad",
        "primary-muted": "#c3dcf0",
        "accent-muted": "#f3ddb8",
        "warning-muted": "#f1deb5",
        "success-muted": "#cbe6d2",
        "panel-lighten-2": "#8f969c",
    },
)
HIGH_CONTRAST = Theme(
    "high-contrast",
    primary="#5fb8ff",
    secondary="#c9b0ff",
    accent="#ffd75f",
    warning="#ffd700",
    error="#8b0000",
    success="#5fff87",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#0f1419",
    variables={
        "text-muted": "#d4d4d4",
        "text-accent": "#ffc46b",
        "text-success": "#5fff87",
        "text-warning": "#ffee58",
        "text-error": "#ffa3ab",
        "text-primary": "#93d4ff",
        "text-secondary": "#d3beff",
        "primary-muted": "#00294f",
        "accent-muted": "#3a2600",
        "warning-muted": "#332400",
        "success-muted": "#003314",
        "panel-lighten-2": "#9a9a9a",
    },
)
COLOUR_BLIND = Theme(
    "colour-blind",
    primary="#3b8fd9",
    secondary="#7f7fd5",
    accent="#e69f00",
    warning="#f0e442",
    error="#9c3d00",
    success="#56b4e9",
    foreground="#e8e8e8",
    background="#101418",
    surface="#1a2026",
    panel="#222b35",
    variables={
        "text-muted": "#a9b0b8",
        "text-accent": "#d9c3a0",
        "text-success": "#5cb8f0",
        "text-warning": "#f7ee6a",
        "text-error": "#ff8a3d",
        "text-primary": "#9cc9ff",
        "text-secondary": "#c3c3ff",
        "primary-muted": "#12314d",
        "accent-muted": "#40330f",
        "warning-muted": "#3a2f10",
        "success-muted": "#123a52",
        "panel-lighten-2": "#5a6672",
    },
)
TERMINAL = Theme(
    "terminal",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_magenta",
    accent="ansi_cyan",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "text-muted": "ansi_default",
        "surface": "ansi_default",
        "panel": "ansi_default",
        "panel-lighten-2": "ansi_default",
        "primary-muted": "ansi_default",
        "accent-muted": "ansi_default",
        "warning-muted": "ansi_default",
        "success-muted": "ansi_default",
        # What is selected and where one types: reversed, so that it can be read on any background.
        "block-cursor-foreground": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-text-style": "bold reverse",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-background": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_cyan",
    },
)

THEMES: dict[str, Theme] = {
    theme.name: theme for theme in (DARK, LIGHT, HIGH_CONTRAST, COLOUR_BLIND, TERMINAL)
}
STANDARD = DARK.name
WORDS: dict[str, str] = {
    "dark": "for a dark hall",
    "light": "for daylight",
    "high-contrast": "the strongest contrast, on black",
    "colour-blind": "blue and orange: nothing depends on red and green",
    "terminal": "your terminal's own sixteen colours and background",
}


class Colours(Dialog[str]):
    """The themes, tried on while they are picked; dismissed with the one that was, or "" for Esc.

    `try_on` is called with a theme's name; Esc tries the first one on again.
    """

    def __init__(self, now: str, try_on: Callable[[str], None]) -> None:
        super().__init__()
        self._first = now
        self._names = list(THEMES)
        self._at = self._names.index(now) if now in THEMES else 0
        self._try_on = try_on
        self._body = Lines(id="asked")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield self._body

    def on_mount(self) -> None:
        self._draw()

    def _draw(self) -> None:
        lines: list[Line] = [(Span("Colours", "title"),), ()]
        for at, name in enumerate(self._names):
            here = at == self._at
            sign = Span("▌ " if here else "  ", "cursor")
            lines.append(
                (sign, Span(f"{name:<14}", "title" if here else ""), Span(WORDS[name], "dim"))
            )
        lines.append(())
        inks = (("✓ good", "good"), ("○ warning", "warn"), ("✗ trouble", "bad"), ("key", "key"))
        lines.append(tuple(Span(f"  {text}", ink) for text, ink in inks))
        foot = (("j k", " try on   "), ("Enter", " keep   "), ("Esc", " as it was"))
        keys = [(Span(key, "key"), Span(what)) for key, what in foot]
        lines += [(), tuple(span for pair in keys for span in pair)]
        self._body.show(lines)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        match event.key:
            case "j" | "down" | "k" | "up":
                by = 1 if event.key in ("j", "down") else -1
                self._at = (self._at + by) % len(self._names)
                self._try_on(self._names[self._at])
                self._draw()
            case "enter":
                self.dismiss(self._names[self._at])
            case "escape" | "q":
                self._try_on(self._first)
                self.dismiss("")
