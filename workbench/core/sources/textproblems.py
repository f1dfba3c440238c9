"""What has to be said of encoding, delimiter and layout of a text file; rows are counted as in `problems`."""

from __future__ import annotations

from workbench.core.problems import N_, ProblemKind

ENCODING_GUESSED = ProblemKind(
    "encoding-guessed",
    "note",
    N_("The text was read as {encoding}."),
    N_("Choose another encoding if letters look wrong."),
)
ENCODING_UNSURE = ProblemKind(
    "encoding-unsure",
    "warning",
    N_("The text was read as {encoding}, but {other} would fit almost as well."),
    N_("Choose the other encoding if letters look wrong."),
)
BYTES_REPLACED = ProblemKind(
    "bytes-replaced",
    "warning",
    N_("Characters that do not fit {encoding} and were replaced: {count}, the first in row {row}."),
    N_("Save the file as UTF-8 if letters look wrong."),
)
DELIMITER_GUESSED = ProblemKind(
    "delimiter-guessed",
    "note",
    N_("Columns are separated by {delimiter}."),
    N_("Choose another delimiter if the columns look wrong."),
)
DELIMITER_UNSURE = ProblemKind(
    "delimiter-unsure",
    "warning",
    N_("Columns are separated by {delimiter}, but {other} would fit almost as well."),
    N_("Look at the first rows and choose the other delimiter if they look wrong."),
)
NO_HEADER = ProblemKind(
    "no-header",
    "note",
    N_("The file has no header; the columns were numbered."),
    N_("Add a first line with names to the file if you want them shown."),
)
HEADER_UNSURE = ProblemKind(
    "header-unsure",
    "warning",
    N_("Row {row} was taken for the header, but it could be data."),
    N_("Choose “no header” if the first row holds data."),
)
HEADER_ROWS = ProblemKind(
    "header-rows",
    "note",
    N_("The names of the columns were put together from {count} header rows."),
    N_("Choose another number of header rows if the names look wrong."),
)
UNITS_ROW = ProblemKind(
    "units-row",
    "note",
    N_("Row {row} was read as units, such as “{cell}”."),
    N_("Choose one header row if it holds data."),
)
PREAMBLE = ProblemKind(
    "preamble",
    "note",
    N_("Lines before the table that were skipped: {count}, beginning with “{cell}”."),
    N_("Choose the first row of the table if too much was skipped."),
)
FOOTER = ProblemKind(
    "footer",
    "note",
    N_("Lines after the table that were skipped: {count}, beginning with “{cell}” in row {row}."),
    N_("Remove these lines from the file if you want to be sure."),
)
COMMENTS = ProblemKind(
    "comments",
    "note",
    N_("Comment lines that were skipped: {count}, marked with “{mark}”."),
    N_("Remove the mark in the file if these lines hold data."),
)
TOTAL_ROWS = ProblemKind(
    "total-rows",
    "warning",
    N_("Rows that look like totals were left out of the series: {count}, the first is “{cell}” in row {row}."),
    N_("Rename the first cell of these rows if they hold measurements."),
)
OTHER_TABLES = ProblemKind(
    "other-tables",
    "warning",
    N_("The file holds {count} tables; the largest was taken, rows {row} to {last}."),
    N_("Put each table into a file of its own to open the others."),
)
ROWS_WITHOUT_CELLS = ProblemKind(
    "rows-without-cells",
    "note",
    N_("Rows with nothing but separators were skipped: {count}, the first is row {row}."),
    N_("Nothing needs to be done, unless a row is missing there."),
)
REPEATED_HEADERS = ProblemKind(
    "repeated-headers",
    "note",
    N_("The header is repeated inside the table; the repeats were skipped (rows {rows}, {count} in all)."),
    N_("Nothing needs to be done."),
)
TABLES_JOINED = ProblemKind(
    "tables-joined",
    "warning",
    N_(
        "Tables with the same names that stand below each other were read as one; "
        "lines between them were left out: {count}, the first is “{cell}” in row {row}."
    ),
    N_("Put each table into a file of its own if they do not belong together."),
)
RAGGED_ROWS = ProblemKind(
    "ragged-rows",
    "warning",
    N_("Rows that do not have {width} cells: {count} (rows {rows})."),
    N_("Missing cells count as empty, and extra cells are left out of the series. Correct these rows in the file."),
)
OTHER_DELIMITER = ProblemKind(
    "other-delimiter",
    "warning",
    N_("Rows whose cells are separated by another mark than in the rest of the file: {count} (rows {rows})."),
    N_("They were split at their own mark. Correct these rows in the file if cells look wrong."),
)
ROWS_QUOTED = ProblemKind(
    "rows-quoted",
    "warning",
    N_("Rows that stand in quotation marks as a whole were split into cells: {count} (rows {rows})."),
    N_("Take these marks away in the file if cells look wrong."),
)
STRAY_QUOTES = ProblemKind(
    "stray-quotes",
    "warning",
    N_("Rows with a quotation mark that is not closed or not doubled, read as text: {count} (rows {rows})."),
    N_("Correct these rows in the file if cells look wrong."),
)
