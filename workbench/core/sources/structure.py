"""Find the table among the records of a text file: preamble, header, units, body, footer, other tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from workbench.core.problems import Problem, problem
from workbench.core.sources import endings, titles
from workbench.core.sources import header as headers
from workbench.core.sources.marks import look
from workbench.core.sources.records import Records
from workbench.core.sources.repair import listed, stray_note
from workbench.core.sources.textproblems import (
    COMMENTS,
    FOOTER,
    OTHER_TABLES,
    PREAMBLE,
    RAGGED_ROWS,
    ROWS_WITHOUT_CELLS,
)

_COMMENT = re.compile(r"\s*(#|//|%|!|--(?!-*$))")
_MARKS = {"#", "%", "//"}
_MANY_RUNS = 8


@dataclass(slots=True)
class Block:
    """Consecutive records that belong to one table: indices into the records, and their usual width."""

    members: list[int]
    width: int


@dataclass(slots=True)
class Body:
    """One table of text.

    Attributes
    ----------
    header
        One name a column (an empty text where there is none), or None if the file has no header.
    rows, lines
        Data records in file order, ragged ones included, and the line (from 1) on which each begins.
    width
        Usual number of cells.
    totals
        Indices of rows that are totals: records of the file, but no part of the series.
    skipped
        Records before the header.
    """

    header: list[str] | None
    rows: list[list[str]]
    lines: list[int]
    width: int
    header_rows: int = 0
    units: list[str] | None = None
    totals: list[int] = field(default_factory=list)
    skipped: int = 0
    notes: list[Problem] = field(default_factory=list)


def usual_width(widths: Sequence[int]) -> int:
    """Return the width that most records have; wider ones win near ties."""
    counts = Counter(widths)
    return max(counts, key=lambda w: counts[w] * (1 - 0.5 / max(1, w)) * (w > 1 or 0.6)) if counts else 0


def lay_out(records: Records, header_rows: int | None = None) -> Body:
    """Find the largest table in `records`.

    Parameters
    ----------
    header_rows
        Number of header rows, if it is known; None to find out.
    """
    rows = records.rows
    notes: list[Problem] = []
    blank = [_is_blank(row) for row in rows]
    comments = _comments(rows, blank)
    taken = [i for i in range(len(rows)) if not blank[i] and i not in comments]
    if not taken:
        taken = [i for i in range(len(rows)) if not blank[i]]
        comments = {}
    blocks = _blocks(rows, blank, taken)
    if not blocks:
        return Body(None, [], [], 0, notes=notes)
    main = max(blocks, key=lambda b: len(b.members) * max(1, b.width))
    _note_others(blocks, main, records, notes)
    body = _body(rows, records.lines, main, comments, header_rows, notes)
    body.notes = notes
    if comments:
        mark = next(iter(comments.values()))
        notes.append(problem(COMMENTS, count=len(comments), mark=mark, row=records.lines[min(comments)]))
    notes += stray_note(records.stray)
    begin = body.lines[0] if body.lines else 0
    hollow = [n for n, row, none in zip(records.lines, rows, blank, strict=True) if none and n > begin and len(row) > 1]
    if hollow:
        notes.append(problem(ROWS_WITHOUT_CELLS, count=len(hollow), row=hollow[0]))
    return body


def _is_blank(row: Sequence[str]) -> bool:
    return not "".join(row).strip()


def _comments(rows: Sequence[Sequence[str]], blank: Sequence[bool]) -> dict[int, str]:
    """Return the records that begin with a comment mark, unless most of the file does."""
    found: dict[int, str] = {}
    for i, row in enumerate(rows):
        if not blank[i] and row[0][:3].strip()[:1] in ("#", "/", "%", "!", "-"):
            match = _COMMENT.match(row[0])
            if match and not (match.group(1) in "--%!" and i > 60):
                found[i] = match.group(1)
    return found if len(found) < 0.6 * len(rows) else {}


def _blocks(rows: Sequence[Sequence[str]], blank: Sequence[bool], taken: Sequence[int]) -> list[Block]:
    """Cut the records where their width changes for good or where a blank line precedes a new header."""
    width = usual_width([len(rows[i]) for i in taken])
    runs: list[Block] = []
    for i in taken:
        if runs and len(rows[i]) == runs[-1].width:
            runs[-1].members.append(i)
        else:
            runs.append(Block([i], len(rows[i])))
    long = [run for run in runs if len(run.members) >= 3 and run.width > 1]
    if len({run.width for run in long}) > _MANY_RUNS or not long:
        return [Block(list(taken), width)]
    merged = _merged(rows, blank, runs)
    _hand_over(rows, blank, merged)
    return [piece for block in merged for piece in _cut_at_headers(rows, blank, block)]


def _merged(rows: Sequence[Sequence[str]], blank: Sequence[bool], runs: list[Block]) -> list[Block]:
    """Join runs: short ones are ragged rows of their neighbour, equal widths belong together."""
    merged: list[Block] = []
    for at, run in enumerate(runs):
        previous = merged[-1] if merged else None
        separated = previous is not None and _blank_between(blank, previous.members[-1], run.members[0])
        short = len(run.members) < 3 or run.width == 1
        if previous is None:
            merged.append(Block(list(run.members), run.width))
        elif run.width == previous.width or (short and not separated and run.width > 0):
            # Text before a table of its own goes to that table: it may be its header or title.
            following = runs[at + 1] if at + 1 < len(runs) else None
            if short and following and following.width != previous.width and len(following.members) >= 3:
                merged.append(Block(list(run.members), run.width))
            else:
                previous.members += run.members
        elif _is_lead(previous):
            _take_names(rows, blank, merged, run)
            previous.members += run.members
            previous.width = run.width
        else:
            merged.append(Block(list(run.members), run.width))
    return merged


def _take_names(rows: Sequence[Sequence[str]], blank: Sequence[bool], merged: list[Block], run: Block) -> None:
    """Let names go with the table where a row of another width, such as one of units, stands between them."""
    if len(merged) < 2 or not merged[-2].members:
        return
    last = merged[-2].members[-1]
    if len(rows[last]) == run.width > 1 and not _blank_between(blank, last, run.members[0]):
        merged[-1].members.insert(0, merged[-2].members.pop())


def _hand_over(rows: Sequence[Sequence[str]], blank: Sequence[bool], blocks: Sequence[Block]) -> None:
    """Give the last rows of a table to the next one, of one cell less or more, where they are its names.

    The first record may be as wide as the names, as where only it has a comment.
    """
    for before, block in pairwise(blocks):
        ends = before.members[-3:]
        if abs(before.width - block.width) != 1 or len(ends) < 3 or _blank_between(blank, ends[0], block.members[0]):
            continue
        looks = headers.column_looks([rows[i] for i in block.members], block.width)
        for k in (1, 2):
            names = rows[ends[k]][: block.width]
            rest = [rows[i] for i in ends[k + 1 :]]
            alike = all([look(c) for c in row[: block.width]] == looks for row in rest)
            if all(look(cell) == "text" for cell in names) and "text" not in looks and alike:
                block.members = ends[k:] + block.members
                del before.members[k - 3 :]
                break


def _is_lead(block: Block) -> bool:
    """Tell whether a block is too small to be a table: the lines before one."""
    return len(block.members) < 3 or block.width == 1


def _blank_between(blank: Sequence[bool], first: int, last: int) -> bool:
    return any(blank[first + 1 : last])


def _cut_at_headers(rows: Sequence[Sequence[str]], blank: Sequence[bool], block: Block) -> list[Block]:
    """Cut a block where a row of words stands above numbers again, after a blank line or in the midst of numbers."""
    pieces, start = [], 0
    members = block.members
    inner = set(titles.inner_headers([rows[i] for i in members], block.width))
    for k in range(3, len(members) - 1):
        apart = members[k] != members[k - 1] + 1 and _blank_between(blank, members[k - 1], members[k])
        if not apart and k not in inner:
            continue
        after = [rows[i] for i in members[k : k + 12]]
        first = rows[members[start]]
        again = endings.names_again([rows[i] for i in members[start : min(start + 8, k)]], after, block.width)
        if rows[members[k]] != first and not again and headers.count(after, block.width) > 0:
            pieces.append(Block(members[start:k], block.width))
            start = k
    pieces.append(Block(members[start:], block.width))
    return pieces


def _note_others(blocks: Sequence[Block], main: Block, records: Records, notes: list[Problem]) -> None:
    def is_table(block: Block) -> bool:
        if len(block.members) < 3 or block.width < 2:
            return False
        rows = [records.rows[i] for i in block.members[:50]]
        if not _is_label(block, main) and not (len(rows) < 30 and titles.is_sparse(rows, block.width)):
            return True
        return headers.count(rows, block.width) > 0 and "number" in headers.column_looks(rows[1:], block.width)

    tables = [b for b in blocks if b is main or is_table(b)]
    lines = records.lines
    if len(tables) > 1:
        first, last = lines[main.members[0]], lines[main.members[-1]]
        notes.append(problem(OTHER_TABLES, count=len(tables), row=first, last=last))
    others = [b for b in blocks if b is not main and b not in tables]
    before = [i for b in others for i in b.members if i < main.members[0]]
    after = [i for b in others for i in b.members if i > main.members[-1]]
    for kind, found in ((PREAMBLE, before), (FOOTER, after)):
        if found:
            cell = _shown(records.rows[found[0]])
            notes.append(problem(kind, count=len(found), cell=cell, row=lines[found[0]]))


def _is_label(block: Block, main: Block) -> bool:
    """Tell whether a small two-column block is a list of labels (station, place, ...) and no table."""
    return block.width == 2 < main.width and len(block.members) < min(30, len(main.members))


def _shown(row: Sequence[str]) -> str:
    text = " ".join(cell.strip() for cell in row if cell.strip())
    return text[:60] + ("…" if len(text) > 60 else "")


def _body(
    rows: Sequence[list[str]],
    lines: Sequence[int],
    main: Block,
    comments: dict[int, str],
    header_rows: int | None,
    notes: list[Problem],
) -> Body:
    members, width = list(main.members), main.width
    lead = _lead(rows, members, width)
    if header_rows is None:
        lead += titles.above([rows[i] for i in members[lead : lead + 400]], width)
    if lead:
        cell = _shown(rows[members[0]])
        notes.append(problem(PREAMBLE, count=lead, cell=cell, row=lines[members[0]]))
    members = members[lead:]
    tail = endings.tail(rows, members, width)
    if tail:
        at = members[len(members) - tail]
        notes.append(problem(FOOTER, count=tail, cell=_shown(rows[at]), row=lines[at]))
        members = members[: len(members) - tail]
    above = _commented_header(rows, members, comments, width)
    for i in above:
        comments.pop(i)
    texts = [rows[i] for i in members]
    if above and header_rows is None and headers.count(texts, width) == 0:
        texts = [_uncommented(rows[i], width) for i in above] + texts
        members = above + members
        header_rows = len(above)
    names = headers.read(texts, width, header_rows, [lines[i] for i in members[:12]], notes)
    body = Body(
        names.header,
        texts[names.rows :],
        [lines[i] for i in members[names.rows :]],
        width,
        names.rows,
        names.units,
        skipped=sum(1 for i in range(members[0])) if members else 0,
    )
    head = texts[: names.rows]
    gone = endings.repeats(body.rows, head, [rows[i] for i in main.members[:lead]], body.lines, notes)
    if gone:
        body.rows = [row for k, row in enumerate(body.rows) if k not in gone]
        body.lines = [line for k, line in enumerate(body.lines) if k not in gone]
    body.totals = endings.totals(body.rows, width, body.lines, notes)
    return body


def _lead(rows: Sequence[Sequence[str]], members: Sequence[int], width: int) -> int:
    """Count the lines before the header: far fewer filled cells than the table has columns."""
    lead = 0
    limit = min(len(members) - 1, 200)
    for k in range(limit):
        row = rows[members[k]]
        filled = sum(bool(cell.strip()) for cell in row)
        if width == 1:
            break
        thin = filled <= 1 if width <= 4 else filled <= 2
        if thin and (len(row) < width - 1 or width >= 3 or _is_title(rows, members, k)):
            lead = k + 1
        elif len(row) >= width - 1 and filled > width / 2:
            break
    for k in range(min(limit, 60)):
        if len(rows[members[k]]) >= width:
            break
        if members[k + 1] > members[k] + 1:
            lead = max(lead, k + 1)
    first = rows[members[lead]] if lead < len(members) else []
    # A single thin first row above full rows may be data with missing cells: only words count as a title.
    wordy = headers.is_wordy(rows, members[:lead]) or titles.are_years([rows[i] for i in members[:lead]], first)
    return lead if first and lead < len(members) and wordy else 0


def _is_title(rows: Sequence[Sequence[str]], members: Sequence[int], k: int) -> bool:
    """Tell whether a row of two cells, the second empty, stands above two names."""
    below = [rows[i] for i in members[k + 1 : k + 8]]
    names = any(len(row) == 2 and all(cell.strip() for cell in row) and headers.is_words(row) for row in below)
    return bool(rows[members[k]][0].strip()) and headers.is_words(rows[members[k]]) and names


def _commented_header(
    rows: Sequence[Sequence[str]], members: Sequence[int], comments: dict[int, str], width: int
) -> list[int]:
    """Return the comment lines directly above the table that have its width, as in ``#YY MM DD``."""
    above: list[int] = []
    i = members[0] - 1 if members else -1
    while i in comments and width > 1 and len(above) < 3:
        # A mark of its own is no name in “# YY MM DD”, and one in “"#","Date","Temp"”.
        if width not in (len(rows[i]), len(rows[i]) - (rows[i][0].strip() in _MARKS)):
            break
        above.insert(0, i)
        i -= 1
    return above


def _uncommented(row: Sequence[str], width: int) -> list[str]:
    if len(row) == width and row[0].strip() in _MARKS:
        return list(row)
    return [_COMMENT.sub("", row[0], count=1).strip(), *row[1:]]


def note_ragged(body: Body) -> None:
    """Report the rows that have too few or too many cells."""
    width = body.width
    ragged = [body.lines[k] for k, row in enumerate(body.rows) if len(row) != width]
    if ragged:
        body.notes.append(problem(RAGGED_ROWS, count=len(ragged), width=width, rows=listed(ragged), row=ragged[0]))
