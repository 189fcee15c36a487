"""Imports point one way: a part may use those below it, never those above or beside it."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"
ALL = frozenset(path.stem for path in APP.iterdir() if path.suffix == ".py" or any(path.glob("*.py")))

# From the top down; parts of one line stand beside each other.
LAYERS = [
    {"__main__"},
    {"cli"},
    {"commands"},
    {"main", "error_handlers", "middleware"},
    {"routers"},
    {"openapi"},
    {"running"},
    {"assembly"},
    {"launchers"},
    {"dependencies"},
    {"credentials"},
    {"auth"},
    {"database"},
    {"papers"},
    {"generation"},
    {"documents", "grading", "reporting"},
    {"work"},
    {"openrouter", "store", "storage"},
    {"schemas"},
    {"thinking"},
    {"agreement", "answer_json", "mark_tables", "scans"},
    {"marks"},
    {"names", "pages", "strict_json", "turns"},
    {"monitoring"},
    {"errors", "sandbox", "settings"},
    {"setting_types"},
    {"addresses"},
]
# main puts the parts beside it together. Only cli and its commands may start the simulator or draw samples: no mark of
# theirs gets into a real run.
BESIDE = {
    "main": {"error_handlers", "middleware"},
    "middleware": {"error_handlers"},
    "cli": {"simulator"},
    "commands": {"simulator", "samples"},
}
ONLY = {"simulator": {"marks", "settings"}, "samples": set(), "__init__": set()}
LIBRARIES = {
    "supabase": {"store/postgrest.py", "storage/supabase.py"},
    "psycopg": {"store/", "database/"},
    "psycopg_pool": {"store/"},
    "procrastinate": {"store/"},
    "prometheus_client": {"monitoring/"},
    "opentelemetry": {"monitoring/"},
}


def part_of(path):
    return path.relative_to(APP).parts[0].removesuffix(".py")


def imports(path):
    """The modules that a file imports, also those in functions: no part is used by the back door."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            # `from app import settings` names a part; `from app import __version__` does not.
            yield from (f"app.{a.name}" for a in node.names) if node.module == "app" else [node.module or ""]
        elif isinstance(node, ast.ImportFrom):
            yield "app." + part_of(path)


def allowed(part):
    if part in ONLY:
        return ONLY[part] | {part}
    level = next(index for index, layer in enumerate(LAYERS) if part in layer)
    return set().union(*LAYERS[level + 1 :]) | BESIDE.get(part, set()) | {part, "__init__"}


FILES = sorted(APP.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(APP)))
def test_imports_point_one_way(path):
    part = part_of(path)
    used = {name.split(".")[1] for name in imports(path) if name.startswith("app.")}

    assert (used & ALL) - allowed(part) == set()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_of_one_part_is_imported_nowhere_else(library):
    homes = tuple(LIBRARIES[library])
    users = [str(path.relative_to(APP)) for path in FILES if any(n.split(".")[0] == library for n in imports(path))]

    assert [user for user in users if not user.startswith(homes)] == []


def module_of(path):
    name = ".".join(path.relative_to(APP.parent).with_suffix("").parts)
    return name.removesuffix(".__init__")


def test_no_modules_import_each_other_in_a_circle():
    """Imports inside functions and under TYPE_CHECKING count: they are where a circle hides."""
    modules = {module_of(path): path for path in FILES}
    graph = {name: names_of_modules(path) & set(modules) - {name} for name, path in modules.items()}

    assert set(TopologicalSorter(graph).static_order()) == set(modules)


def names_of_modules(path):
    """Of `from app.store import runs` the module is app.store.runs; of `from app.store.runs import Lease` it is not."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_part_has_its_place():
    assert set().union(*LAYERS, ONLY) >= ALL


# Answers of this server, and rows of tests, that have no record of their own yet. No file joins this list.
LOOSE = {
    "reporting/analyses.py",
    "reporting/desk.py",
}


def test_rows_without_names_for_their_fields_stay_at_the_edge_of_the_store():
    """Beyond it the fields have names that mypy checks: those of app/store/records.py, or of a dataclass."""
    loose = {
        str(path.relative_to(APP))
        for path in FILES
        if part_of(path) != "store"
        and re.search(r"^Row = (dict|Mapping)\[str, Any\]$", path.read_text("utf-8"), re.MULTILINE)
    }

    assert loose - LOOSE == set()
