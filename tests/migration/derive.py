"""The statements that bring a database to what another one is, as far as they lose no row.

Each step reads the catalogues of both and is applied before the next one reads, so that none has to foresee what the
others do. What no step does (a dropped table or column, another type, a column that is newly "not null") is left to the
author, because only a person knows what existing rows mean.
"""

import re
from collections.abc import Callable, Mapping

from tests.migration.catalogue import Catalogue

Step = Callable[[Catalogue, Catalogue, Mapping[str, str]], list[str]]

# A statement with the comments above it. Semicolons in comments, in texts and in bodies end nothing.
STATEMENT = re.compile(
    r"""(?> --[^\n]* | '(?:[^']|'')*' | "[^"]*" | (?P<dollar>\$\w*\$).*?(?P=dollar) | [^;'"] )++ ;""",
    re.VERBOSE | re.DOTALL,
)
TABLE = re.compile(r"^create table (?P<name>[\w.\"]+) \(", re.MULTILINE)


def drop_functions(found: Catalogue, wanted: Catalogue, schemas: Mapping[str, str]) -> list[str]:
    """Those that are gone, and those that `create or replace` would refuse: other names or results."""
    return [
        f"drop function {name};"
        for name, head in found["function head"].items()
        if wanted["function head"].get(name) != head
    ]


def drop_constraints(found: Catalogue, wanted: Catalogue, schemas: Mapping[str, str]) -> list[str]:
    return [
        "alter table {} drop constraint {};".format(*name.split(": "))
        for name, definition in _constraints_between(found, wanted)
        if wanted["constraint"].get(name) != definition
    ]


def drop_indexes(found: Catalogue, wanted: Catalogue, schemas: Mapping[str, str]) -> list[str]:
    return [
        f"drop index {name};"
        for name, definition in found["index"].items()
        if wanted["index"].get(name) != definition and _table_of_index(definition) in wanted["table"]
    ]


def add_columns(found: Catalogue, wanted: Catalogue, schemas: Mapping[str, str]) -> list[str]:
    """A column that is "not null" and has no default is left out: which value would the rows get?"""
    return [
        f"alter table {table} add column {column} {definition};"
        for table, column, definition in _columns_between(found, wanted)
        if f"{table}.{column}" not in found["column"] and _can_be_filled(definition)
    ]


def change_columns(found: Catalogue, wanted: Catalogue, schemas: Mapping[str, str]) -> list[str]:
    """Other defaults, and columns that may be null from now on."""
    statements = []
    for table, column, definition in _columns_between(found, wanted):
        before = found["column"].get(f"{table}.{column}", definition)
        head = f"alter table {table} alter column {column}"
        if _default(before) != _default(definition) and "generated" not in before + definition:
            statements.append(f"{head} set{_default(definition)};" if _default(definition) else f"{head} drop default;")
        if before.endswith(" not null") and not definition.endswith(" not null"):
            statements.append(f"{head} drop not null;")
    return statements


def create_tables(found: Catalogue, wanted: Catalogue, schemas: Mapping[str, str]) -> list[str]:
    """As tables.sql has them, in its order."""
    statements = [match[0].strip() for match in STATEMENT.finditer(schemas["tables"])]
    tables = [(match["name"], text) for text in statements if (match := TABLE.search(text))]
    return [text for name, text in tables if name not in found["table"]]


def add_constraints(found: Catalogue, wanted: Catalogue, schemas: Mapping[str, str]) -> list[str]:
    """Keys before the references to them."""
    new = [
        "alter table {} add constraint {} {};".format(*name.split(": "), definition)
        for name, definition in _constraints_between(wanted, found)
        if name not in found["constraint"]
    ]
    return sorted(new, key=lambda statement: " FOREIGN KEY " in statement)


def create_indexes(found: Catalogue, wanted: Catalogue, schemas: Mapping[str, str]) -> list[str]:
    return [
        f"{definition.replace('CREATE', 'create', 1)};"
        for name, definition in wanted["index"].items()
        if name not in found["index"] and _table_of_index(definition) in found["table"]
    ]


def create_functions(found: Catalogue, wanted: Catalogue, schemas: Mapping[str, str]) -> list[str]:
    changed = [name for name, text in wanted["function"].items() if found["function"].get(name) != text]
    files = dict.fromkeys(name.partition("(")[0].removeprefix("public.") for name in changed)
    return [schemas[file].strip() for file in files if file in schemas]


def secure(found: Catalogue, wanted: Catalogue, schemas: Mapping[str, str]) -> list[str]:
    """Rights and row level security as access.sql left them, of whatever has others."""
    kinds = ("row level security", "rights on table", "rights on function")
    return [
        statements
        for kind in kinds
        for name, statements in wanted[kind].items()
        if name in found[kind] and found[kind][name] != statements
    ]


STEPS: tuple[Step, ...] = (
    drop_functions,
    drop_constraints,
    drop_indexes,
    add_columns,
    change_columns,
    create_tables,
    add_constraints,
    create_indexes,
    create_functions,
    secure,
)


def _constraints_between(these: Catalogue, those: Catalogue) -> list[tuple[str, str]]:
    """Constraints of `these` on tables that both have."""
    return [
        (name, definition)
        for name, definition in these["constraint"].items()
        if name.split(": ")[0] in these["table"].keys() & those["table"].keys()
    ]


def _columns_between(found: Catalogue, wanted: Catalogue) -> list[tuple[str, str, str]]:
    """(table, column, definition) of the wanted columns on tables that both have."""
    split = [(*name.rsplit(".", 1), definition) for name, definition in wanted["column"].items()]
    return [(table, column, definition) for table, column, definition in split if table in found["table"]]


def _can_be_filled(definition: str) -> bool:
    return not definition.endswith("not null") or " default " in definition or " generated " in definition


def _default(definition: str) -> str:
    return "".join(re.findall(r" default .*?(?= not null$|$)", definition))


def _table_of_index(definition: str) -> str:
    return re.findall(r" ON (?:ONLY )?(\S+) ", definition)[0]
