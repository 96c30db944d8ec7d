"""House rules: what a reader may rely on anywhere in this repository, stated as tests of the repository itself."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from mvn_symbolic.discovery import backend_names
from mvn_symbolic.surfaces.doctor import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mvn_symbolic"
BACKENDS = backend_names()
GENERATED = tuple(PACKAGE / name for name in ("generated", *BACKENDS))
OURS = [
    path
    for folder in ("mvn_symbolic", "tests", "tools", "docs", "examples")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not any(path.is_relative_to(folder) for folder in GENERATED)
]
# Written so that neither pattern matches its own text.
FORBIDDEN = re.compile(
    r"(?<![\w.)}~-])/(?:work|root|opt|home|Users)/\w"
    r"|[p]ypi\.org|[p]ythonhosted|[d]ownload\.pytorch|[a]naconda\.org|[n]pmjs\."
)
HEAVY = {"sympy", "torch", "jax", "hypothesis", "pytest", "scipy", "numpy", "flint"}


def listed(paths):
    return "\n".join(str(path) for path in paths)


def fresh(code):
    """Run code in a new interpreter and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def tracked():
    """Return every file that git tracks; an unpacked archive has no git to ask."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.split("\0") if name]


def test_module_has_at_most_400_lines():
    sizes = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in OURS}
    assert len(sizes) > 10, "the search for modules is broken"
    assert not (over := {path: size for path, size in sizes.items() if size > 400}), over


def test_module_opens_with_a_docstring():
    modules = [*OURS, *(path for folder in GENERATED for path in sorted(folder.rglob("*.py")))]
    silent = [path for path in modules if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not silent, listed(silent)


def test_no_module_is_called_after_nothing():
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    found = [path for path in OURS if vague & {path.stem.strip("_"), path.parent.name.strip("_")}]
    assert not found, listed(found)


def test_tracked_text_names_no_machine_and_no_registry():
    found = []
    for path in tracked():
        if not path.is_file() or b"\0" in (content := path.read_bytes()):
            continue
        for number, line in enumerate(content.decode("utf-8").splitlines(), start=1):
            if match := FORBIDDEN.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match.group()}")
    assert not found, listed(found)


@pytest.mark.parametrize("text", ["/{}/x", "see '/{}/x'", "file:///{}/x", "cd /{}/x", "https://py{}.org/simple"])
def test_forbidden_text_is_recognised(text):
    assert FORBIDDEN.search(text.format("pi" if "py" in text else "root"))


@pytest.mark.parametrize("text", ["docs/{}/x", "$(CURDIR)/{}/x", "https://example.org/{}/x", "../{}/x", "/{}"])
def test_innocent_text_is_let_through(text):
    assert not FORBIDDEN.search(text.format("work"))


def test_floors_hold():
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_generated_code_imports_its_array_library_and_nothing_else():
    foreign = []
    for backend in BACKENDS:
        for path in sorted((PACKAGE / "generated" / backend).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom):
                    names = [("." * node.level) + (node.module or "")]
                allowed = {backend, *sys.stdlib_module_names}
                foreign += [f"{path}: {name}" for name in names if name.split(".")[0] not in allowed]
    assert not foreign, listed(foreign)


def test_import_of_the_package_loads_nothing_heavy():
    assert not HEAVY & set(fresh("import sys, mvn_symbolic; print(*sys.modules)"))


@pytest.mark.parametrize("backend", BACKENDS)
def test_import_of_generated_code_stays_out_of_the_engine(backend):
    pytest.importorskip(backend)
    loaded = fresh(f"import sys, mvn_symbolic.{backend}.diag; print(*sys.modules)")
    ours = {name.split(".")[1] for name in loaded if name.startswith("mvn_symbolic.")}
    assert ours == {backend, "generated"}
    foreign = HEAVY & set(loaded) - {backend, "numpy"}  # every library loads NumPy
    assert not foreign or backend == "torch"  # which loads SymPy


def test_lists_that_nothing_derives_name_every_backend():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    floors = {contract["name"]: contract for contract in project["tool"]["importlinter"]["contracts"]}
    listed = {
        "an extra": {*project["project"]["optional-dependencies"], "numpy"},  # which the package itself needs
        "ruff": set(re.findall(r"\w+", " ".join(project["tool"]["ruff"]["lint"]["per-file-ignores"]))),
        "git": set(re.findall(r"mvn_symbolic/(\w+)/", (ROOT / ".gitattributes").read_text(encoding="utf-8"))),
    }
    for name, key in [
        ("Floors: a floor imports only what is below it", "exhaustive_ignores"),
        ("Generated code needs its array library and nothing else", "source_modules"),
        ("An oracle never sees the defendant's formula", "forbidden_modules"),
    ]:
        listed[name] = {module.removeprefix("mvn_symbolic.") for module in floors[name][key]}
    missing = {place: set(BACKENDS) - names for place, names in listed.items() if set(BACKENDS) - names}
    assert not missing


def test_wheel_holds_the_package_and_nothing_else(tmp_path):
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert {name.split("/")[0].split("-")[0] for name in names} == {"mvn_symbolic"}
    assert {"mvn_symbolic/py.typed", "mvn_symbolic/__init__.py", "mvn_symbolic/numpy/diag.py"} <= names


def test_the_doctor_asks_for_the_versions_that_the_project_asks_for():
    """A second list, for it answers where the package is not installed; and it knows every library of a backend."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = {}
    for line in [*project["dependencies"], *(one for name in extras if name != "test" for one in extras[name])]:
        name, bounds = re.fullmatch(r"([\w-]+)(?:\[[\w,]+\])?(.*)", line).groups()
        found = {sign: tuple(map(int, number.split("."))) for sign, number in re.findall(r"(>=|<)([\d.]+)", bounds)}
        asked[name] = found.get(">=", ()), found.get("<", ())
    asked.pop("mvn_symbolic")
    assert {name: (wish.oldest, wish.before) for name, wish in PACKAGES.items()} == asked
    assert {name for name, wish in PACKAGES.items() if wish.needed} == {
        re.match(r"[\w-]+", line)[0] for line in project["dependencies"]
    }
    assert set(BACKENDS) <= set(PACKAGES)
