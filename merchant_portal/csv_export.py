"""CSV of what is shown, streamed: rows leave while later ones are still being asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, stream_with_context
from flask_babel import get_locale

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def response(filename: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """A download. The separator is what spreadsheets of the reader's language expect; a mark tells them it is UTF-8."""
    separator = "," if str(get_locale()) == "en" else ";"
    body = stream_with_context(_lines(header, rows, separator))
    answer = Response(body, mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer


def _lines(header: Sequence[str], rows: Iterable[Sequence[str]], separator: str) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator)
    buffer.write("\ufeff")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
        if buffer.tell() > 16_384:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _harmless(cell: str) -> str:
    """A payer's name that starts with = must not run as a formula in the merchant's spreadsheet; numbers stay numbers."""
    if cell.startswith(_FORMULA) and not cell.lstrip("-+").replace(",", "").replace(".", "").isdigit():
        return "'" + cell
    return cell
