"""Lines for a terminal, wrapped at its width."""

from io import StringIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from . import escape

_LABEL_WIDTH = 11
_SUBJECT = 16
"""Columns that the first column of a table can be narrowed to."""


class Page:
    """Lines of output; the one place where text becomes safe for a terminal."""

    def __init__(self, width: int, *, color: bool, narrowest: int = 40) -> None:
        """Start a page for a terminal of `width` columns, or of `narrowest` where it has fewer."""
        self._console = Console(
            file=StringIO(),
            width=max(width, narrowest),
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )
        self._parts: list[str] = []

    def text(self) -> str:
        """Return all that was printed."""
        return "".join(self._parts)

    def blank(self) -> None:
        """Print an empty line."""
        self._parts.append("\n")

    def heading(self, text: str) -> None:
        """Print a heading, apart from what is above it."""
        self.blank()
        self.line((text, "bold"))

    def line(self, *parts: tuple[str, str], indent: int = 0) -> None:
        """Print texts, each with its style, on one line that wraps."""
        text = Text.assemble(*((escape.line(part), style) for part, style in parts), overflow="fold")
        self._print(Padding(text, (0, 0, 0, indent)))

    def field(self, label: str, *values: str, indent: int = 2) -> None:
        """Print a label and, beside it, values that wrap in their own column."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=_LABEL_WIDTH, style="dim")
        grid.add_column(overflow="fold")
        grid.add_row(label, Text("\n".join(escape.line(value) for value in values), overflow="fold"))
        self._print(Padding(grid, (0, 0, 0, indent)))

    def numbered(self, rows: list[tuple[str, str]]) -> None:
        """Print texts that wrap in their own column beside a short mark."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(justify="right", no_wrap=True)
        grid.add_column(overflow="fold")
        for mark, text in rows:
            grid.add_row(mark, Text(escape.line(text), overflow="fold"))
        self._print(Padding(grid, (0, 0, 0, 2)))

    def table(self, columns: list[str], rows: list[list[str]]) -> None:
        """Print figures below their headings; where they do not fit side by side, in words below what they are of."""
        first, *others = (max(len(escape.line(cell)) for cell in column) for column in zip(columns, *rows, strict=True))
        if 2 + min(first, _SUBJECT) + sum(width + 2 for width in others) > self._console.width:
            for subject, *cells in rows:
                self.line((subject, ""), indent=2)
                told = (f"{name} {cell}" for name, cell in zip(columns[1:], cells, strict=True))
                self.line((", ".join(told), ""), indent=4)
            return
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        for place, column in enumerate(columns):
            table.add_column(column, justify="right" if place else "left")
        for row in rows:
            table.add_row(*(escape.line(cell) for cell in row))
        self._print(Padding(table, (0, 0, 0, 2)))

    def show(self, table: Table, indent: int = 2) -> None:
        """Print a table whose cells are safe already."""
        self._print(Padding(table, (0, 0, 0, indent)))

    def command(self, text: str, margin: str) -> None:
        """Print lines as they are, however long."""
        self._parts.extend(f"{margin}{line}\n" for line in escape.block(text).split("\n"))

    def addresses(self, label: str, first: str, *others: str) -> None:
        """Print a label and addresses beside it, unwrapped."""
        with self._console.capture() as captured:
            self._console.print(Text(f"  {label.ljust(_LABEL_WIDTH + 1)}", style="dim"), end="")
        self._parts.append(f"{captured.get()}{escape.line(first)}\n")
        self._parts.extend(f"{' ' * (_LABEL_WIDTH + 3)}{escape.line(other)}\n" for other in others)

    def _print(self, what: Padding) -> None:
        with self._console.capture() as captured:
            self._console.print(what)
        self._parts.extend(f"{line.rstrip()}\n" for line in captured.get().splitlines())
