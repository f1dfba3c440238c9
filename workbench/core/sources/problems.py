"""What can go wrong, or has to be said, while a file is read.

Values named ``row`` are line numbers as a text editor counts them (the first line is 1); for files without lines
they count data rows. ``rows`` is a readable list of such numbers.
"""

from __future__ import annotations

from workbench.core.problems import N_, ProblemKind

FILE_NOT_FOUND = ProblemKind(
    "file-not-found",
    "error",
    N_("There is no file “{name}”."),
    N_("Check the name and the folder, or choose another file."),
)
IS_A_FOLDER = ProblemKind(
    "is-a-folder",
    "error",
    N_("“{name}” is a folder, not a file."),
    N_("Choose a file inside it."),
)
PERMISSION_DENIED = ProblemKind(
    "permission-denied",
    "error",
    N_("“{name}” may not be read."),
    N_("Copy the file to a folder of your own, or ask its owner for the right to read it."),
)
CANNOT_READ = ProblemKind(
    "cannot-read",
    "error",
    N_("“{name}” could not be read: {reason}."),
    N_("Open the file in the program that made it and save it again, best as CSV."),
)
EMPTY_FILE = ProblemKind(
    "empty-file",
    "error",
    N_("“{name}” is empty."),
    N_("Choose a file that holds at least a few rows of numbers."),
)
BINARY_FILE = ProblemKind(
    "binary-file",
    "error",
    N_("“{name}” is not a table: it looks like {found}."),
    N_("Export the table as CSV, Excel (.xlsx), Parquet or JSON and open that file."),
)
CANNOT_DECODE = ProblemKind(
    "cannot-decode",
    "error",
    N_("The text of “{name}” fits no character encoding that is known here."),
    N_("Open it in a text editor and save it as UTF-8."),
)
TEXT_ONLY = ProblemKind(
    "text-only",
    "error",
    N_("“{name}” has no column of numbers. Found: {found}."),
    N_("A series needs at least one column of numbers. Check the delimiter and the decimal mark of the file."),
)
TOO_FEW_ROWS = ProblemKind(
    "too-few-rows",
    "error",
    N_("Too few rows of data in “{name}”: {rows}."),
    N_("At least {needed} rows are needed. Choose a longer series."),
)
TOO_LARGE = ProblemKind(
    "too-large",
    "error",
    N_("“{name}” ({size}) needs about {needed_mb} MB of memory, and {limit_mb} MB may be used."),
    N_("Read fewer of its columns, or combine its rows to longer steps while reading{advice}."),
    action="read-less",
)
TOO_MANY_COLUMNS = ProblemKind(
    "too-many-columns",
    "error",
    N_("“{name}” has {columns} columns."),
    N_("At most {limit} columns can be used. Check the delimiter, or keep fewer columns."),
)
CANCELLED = ProblemKind(
    "reading-cancelled",
    "error",
    N_("Reading “{name}” was cancelled."),
    N_("Open the file again when you want it."),
)
NO_SUCH_COLUMN = ProblemKind(
    "no-such-column",
    "error",
    N_("The file has no column “{column}” to read the time from."),
    N_("Choose one of: {known}."),
    action="check-reading",
)
NO_TIMES = ProblemKind(
    "no-times",
    "error",
    N_("Column “{column}” holds no times."),
    N_("Choose another time column, or number the rows."),
    action="check-reading",
)
OTHER_TIME_FORM = ProblemKind(
    "other-time-form",
    "error",
    N_("Column “{column}” cannot be read in the form {format}."),
    N_("Choose one of: {known}."),
    action="check-reading",
)
NO_SUCH_SHEET = ProblemKind(
    "no-such-sheet",
    "error",
    N_("“{name}” has no sheet “{sheet}” with a table."),
    N_("Choose one of: {known}."),
    action="check-reading",
)
UNKNOWN_TASK = ProblemKind(
    "unknown-task",
    "error",
    N_("There is no generated task “{name}”."),
    N_("The tasks are: {known}."),
)
BAD_TASK_OPTION = ProblemKind(
    "bad-task-option",
    "error",
    N_("The task “{name}” cannot use {option} = {value}."),
    N_("Its options are: {known}."),
)
TASK_LEVEL = ProblemKind(
    "task-level",
    "note",
    N_("Without memory one reaches {level}."),
    N_("A cell that stays there has learnt nothing about the sequence."),
)
TASK_MISLEADS = ProblemKind(
    "task-misleads",
    "warning",
    N_("This task misleads on purpose: the answer always stands at the same place, so a plain RNN can win."),
    N_("Use temporal order or the adding problem to see what gates are good for."),
)
NO_TABLE_IN_ARCHIVE = ProblemKind(
    "no-table-in-archive",
    "error",
    N_("The archive “{name}” holds no table."),
    N_("Unpack it and open the file that holds the numbers."),
)
UNPACKS_TOO_LARGE = ProblemKind(
    "unpacks-too-large",
    "error",
    N_("“{name}” ({packed_kb} kB) swells more than {ratio} times while it is unpacked, or beyond {limit_mb} MB."),
    N_("Unpack it yourself if you trust it, and open the file that comes out; a large text file is read in parts."),
)
ARCHIVE_LOCKED = ProblemKind(
    "archive-locked",
    "error",
    N_("The archive “{name}” is locked with a password."),
    N_("Unpack it with its password and open the file that holds the numbers."),
)

DECIMAL_COMMA = ProblemKind(
    "decimal-comma",
    "note",
    N_("The comma was read as the decimal mark."),
    N_("Choose the point as decimal mark if values are too small by a factor of 1000."),
)
DECIMAL_UNSURE = ProblemKind(
    "decimal-unsure",
    "warning",
    N_("In column “{column}” the mark in “{cell}” was read as {reading}; it could also be {other}."),
    N_("Choose the decimal mark of the file if the values look wrong."),
)
THOUSANDS = ProblemKind(
    "thousands-separator",
    "note",
    N_("In column “{column}” {mark} was read as separator of thousands, as in “{cell}”."),
    N_("Choose the decimal mark of the file if the values look wrong."),
)
NUMBER_MARKS = ProblemKind(
    "number-marks",
    "note",
    N_("In column “{column}” some numbers carry marks, such as “{cell}” ({count} in all). The marks were left out."),
    N_("Clean the column in the file if the marks change the meaning of the numbers."),
)
SENTINELS = ProblemKind(
    "sentinels",
    "note",
    N_("In column “{column}” the value {value} was taken for “missing” in {count} rows, the first in row {row}."),
    N_("Choose “keep as number” for the column if {value} is a measurement."),
)
NOT_NUMBERS = ProblemKind(
    "not-numbers",
    "warning",
    N_("In column “{column}” cells that are no numbers count as missing: {count}, first “{cell}” in row {row}."),
    N_("Correct rows {rows} in the file if they hold measurements."),
)
NAMES_REPAIRED = ProblemKind(
    "names-repaired",
    "note",
    N_("Columns without a name of their own were named {names} ({count} in all)."),
    N_("Name the columns in the file if you want other names."),
)
MEMBER_CHOSEN = ProblemKind(
    "archive-member",
    "note",
    N_("The archive holds {count} files; “{member}” was read."),
    N_("Unpack the archive to open another file."),
)
SHEET_CHOSEN = ProblemKind(
    "sheet-chosen",
    "note",
    N_("The sheet “{sheet}” was read; the workbook also has: {others}."),
    N_("Move the table to a workbook of its own, or choose the sheet."),
)
ROWS_NUMBERED = ProblemKind(
    "rows-numbered",
    "note",
    N_("No column of times was found; the rows were numbered."),
    N_("Choose the time column if there is one."),
)
TIME_UNREAD = ProblemKind(
    "time-unread",
    "warning",
    N_(
        "Column “{column}” looks like times, but cells such as “{cell}” (row {row}) "
        "could not be read as dates with a year."
    ),
    N_("The rows were numbered. Choose another time column, or write the dates as 2024-01-31 or 2024-01-31 13:45."),
)
TIME_GUESSED = ProblemKind(
    "time-guessed",
    "note",
    N_("Column “{column}” was read as the time, in the form {format}: {first} to {last}."),
    N_("Choose another column or form if the dates look wrong."),
)
TIME_UNSURE = ProblemKind(
    "time-unsure",
    "warning",
    N_(
        "Column “{column}” was read as {format} ({first} to {last}). "
        "It could also be {other} ({other_first} to {other_last})."
    ),
    N_("Choose the other reading if the dates look wrong."),
)
TIME_CELLS_BAD = ProblemKind(
    "time-cells-bad",
    "warning",
    N_("In column “{column}” some cells are no times: {count}, the first is “{cell}” in row {row}."),
    N_("Correct rows {rows} in the file."),
)
TIME_TURNED = ProblemKind(
    "time-turned",
    "note",
    N_("The file runs from new to old; the rows were turned round."),
    N_("Nothing needs to be done."),
)
TIME_CARRIED = ProblemKind(
    "time-carried",
    "note",
    N_("In column “{column}” the cell above was taken for {count} empty cells, the first in row {row}."),
    N_("Write the date into every row of the file if that is wrong."),
)
OFFSETS_TO_UTC = ProblemKind(
    "offsets-to-utc",
    "note",
    N_("The times have different offsets from UTC; all were converted to UTC."),
    N_("Nothing needs to be done. Times are shown in UTC."),
)
ZONE_TO_UTC = ProblemKind(
    "zone-to-utc",
    "note",
    N_("The times of column “{column}” are stored with the zone {zone}; they are shown in UTC."),
    N_("Nothing needs to be done. Store local times without a zone if you want to see those."),
)
STEP_FOUND = ProblemKind(
    "step-found",
    "note",
    N_("From row to row passes {step}."),
    N_("Nothing needs to be done."),
)
NO_STEP = ProblemKind(
    "no-step",
    "warning",
    N_("The rows are not at a regular distance in time."),
    N_("Put the series on a regular grid before you train, or treat the rows as numbered."),
)
TIME_GAPS = ProblemKind(
    "time-gaps",
    "warning",
    N_("Steps missing in time: {count}, the first before row {row} ({at})."),
    N_("Gaps in the data settings says what becomes of them: windows are cut there, or short gaps are filled."),
)
TIME_DUPLICATES = ProblemKind(
    "time-duplicates",
    "warning",
    N_("Rows with the time of an earlier row: {count}, the first is row {row} ({at})."),
    N_("Choose what to do with duplicates: mean, first or last."),
)
TIME_BACKWARD = ProblemKind(
    "time-backward",
    "warning",
    N_("Rows that are earlier than the row before: {count}, the first is row {row} ({at})."),
    N_("Sort the file by time, or check the form of the dates."),
)
DAYLIGHT_SAVING = ProblemKind(
    "daylight-saving",
    "note",
    N_("Clock changes explain missing hours: {holes} and repeated hours: {repeats}, first at row {row} ({at})."),
    N_("Use UTC in the file to avoid holes and repeats."),
)
LONG_LAYOUT = ProblemKind(
    "long-layout",
    "note",
    N_("The rows of {count} series stand below each other, named by column “{column}”; each became a column."),
    N_("Choose another layout if the series look wrong."),
)
MONTHS_LAYOUT = ProblemKind(
    "months-layout",
    "note",
    N_("Each row is a year and twelve columns are its months; they were read as one series of {count} months."),
    N_("Choose the wide layout to keep a column for each month. Columns behind the months were left out: {others}."),
)
ROWS_LAYOUT = ProblemKind(
    "rows-layout",
    "note",
    N_("Each row of the file is a series; the {count} series were turned into columns."),
    N_("Choose another layout if the series look wrong. Columns of totals that were left out: {others}."),
)
EMPTY_COLUMNS = ProblemKind(
    "empty-columns",
    "note",
    N_("Empty columns: {names} ({count} in all)."),
    N_("Nothing needs to be done."),
)
COLUMNS_UNKNOWN = ProblemKind(
    "columns-unknown",
    "error",
    N_("“{name}” has no column called {columns}."),
    N_("Choose among its columns: {known}."),
)
NO_TIME_TO_COMBINE = ProblemKind(
    "no-time-to-combine",
    "error",
    N_("“{name}” has no column of times, so its rows cannot be combined to steps of time."),
    N_("Choose the time column, or read every row."),
)
ROWS_COMBINED = ProblemKind(
    "rows-combined",
    "note",
    N_("{rows} rows were combined to {steps} steps of time while reading ({how} of each step)."),
    N_("Choose “every row” in Combine to if you want each row."),
)
