"""Floor 6: the command `mvn-symbolic`. Reads arguments, calls one function a command, prints; decides nothing itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from mvn_symbolic.errors import ArgumentError, DerivationError, MVNSymbolicError, UnknownNameError

__all__ = ["main"]

_DONE, _FAILED, _WRONG_USE = 0, 1, 2
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines on stdout.")
_root = click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The repository's folder; the current one unless given.",
)


def _say(text: str) -> None:
    """Progress goes to stderr, so that stdout is the result and nothing else."""
    click.echo(text, err=True)


def _emit(as_json: bool, data: Any, text: str) -> None:
    click.echo(json.dumps(data, indent=2) if as_json else text)


def _clean_errors(function: Callable[..., Any]) -> Callable[..., Any]:
    """One line for what went wrong, and the exit code that fits: 1 a check failed, 2 wrong use."""

    @wraps(function)
    def guarded(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except (UnknownNameError, ArgumentError) as error:
            _say(f"Error: {error}")
            sys.exit(_WRONG_USE)
        except DerivationError as error:
            _say(f"Error: {error}")
            sys.exit(_FAILED)
        except MVNSymbolicError as error:
            _say(f"Error: {error}")
            sys.exit(_WRONG_USE)

    return guarded


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mvn_symbolic", prog_name="mvn-symbolic")
def main() -> None:
    """Derive the Gaussian reparameterization trick and what follows; render it, generate code from it, verify it.

    Exit codes: 0 done, 1 a check failed, 2 wrong use.
    """


@main.command("list")
@_json
@_clean_errors
def list_command(as_json: bool) -> None:
    """List the derivations."""
    from mvn_symbolic.catalogue.registry import build, list_derivations

    rows = [{"name": name, "title": build(name).title, "chains": len(build(name).chains)} for name in list_derivations()]
    width = max(len(str(row["name"])) for row in rows)
    _emit(as_json, rows, "\n".join(f"{row['name']:<{width}}  {row['title']}" for row in rows))


@main.command()
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["markdown", "latex"]), default="markdown", help="What to print.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write all files there instead.")
@_json
@_clean_errors
def derive(name: str, form: str, out: Path | None, as_json: bool) -> None:
    """Derive NAME, judge every step, and print it."""
    from mvn_symbolic.catalogue.registry import derive as derived
    from mvn_symbolic.derivation.render import files_of
    from mvn_symbolic.outputs import write_files
    from mvn_symbolic.surfaces.build import summary_of

    derivation = derived(name)
    _say(f"derived {name}: {summary_of(derivation)}")
    files = files_of(derivation)
    if out is not None:
        written = [out / file for file in files]
        write_files({out / file: text for file, text in files.items()})
        _emit(as_json, [str(path) for path in written], "\n".join(map(str, written)))
    elif as_json:
        click.echo(files["steps.json"], nl=False)
    else:
        click.echo(files["derivation.md" if form == "markdown" else "derivation.tex"], nl=False)


def _finish(outputs: Any, check: bool, as_json: bool) -> None:
    """Write, or compare and fail with the diffs."""
    if not check:
        changed = [str(path) for path in outputs.write()]
        _emit(as_json, {"changed": changed}, "\n".join(f"wrote {path}" for path in changed) or "Everything is up to date.")
        return
    stale = outputs.differences()
    data = [{"path": str(one.path), "kind": one.kind, "diff": one.diff} for one in stale]
    _emit(as_json, {"stale": data}, "\n".join(map(str, stale)) or "Everything is up to date.")
    if stale:
        _say(f"Error: {len(stale)} files are not what the derivations give. Run `mvn-symbolic build` and commit.")
        sys.exit(_FAILED)


@main.command()
@click.option("--backend", "backends", multiple=True, help="Only this backend; may be repeated.")
@click.option("--check", is_flag=True, help="Write nothing; fail with a diff if a file is stale.")
@_root
@_json
@_clean_errors
def generate(backends: tuple[str, ...], check: bool, root: Path, as_json: bool) -> None:
    """Generate the NumPy and torch modules."""
    from mvn_symbolic.codegen.backends import BACKENDS
    from mvn_symbolic.surfaces.build import module_outputs

    outputs = module_outputs(_package(root), backends or tuple(BACKENDS), _say)
    _finish(outputs, check, as_json)


def _package(root: Path) -> Path:
    package = root / "mvn_symbolic"
    if not package.is_dir():
        raise ArgumentError(f"`--root` must be the repository's folder, with mvn_symbolic/ in it; got {root.resolve()}.")
    return package


@main.command()
@click.option("--backend", "backends", multiple=True, help="Only this backend; may be repeated.")
@_json
@_clean_errors
def verify(backends: tuple[str, ...], as_json: bool) -> None:
    """Verify every generated function against ball arithmetic and, for torch, autograd."""
    from mvn_symbolic.verify.generated import verify_generated

    failures: list[dict[str, Any]] = []
    count = 0
    for label, found in verify_generated(backends):
        count += 1
        failures += [{"function": label, "check": one.check, "message": one.message} for one in found]
        _say(f"{'FAILED' if found else 'ok':6} {label}")
    lines = [f"{one['function']}: {one['check']}: {one['message']}" for one in failures]
    summary = f"{count} functions verified, {len(failures)} failures"
    _emit(as_json, {"verified": count, "failures": failures}, "\n".join([*lines, summary]))
    sys.exit(_FAILED if failures else _DONE)


@main.command()
@_root
@_clean_errors
def docs(root: Path) -> None:
    """Build the documentation into build/docs."""
    from mvn_symbolic.surfaces.build import build_docs

    click.echo(build_docs(root))


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; fail with a diff if an output is stale.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, help="Processes to derive in.")
@_root
@_json
@click.pass_context
@_clean_errors
def build(context: click.Context, check: bool, jobs: int, root: Path, as_json: bool) -> None:
    """Do all of it: derive, judge, render, generate, verify, build the docs."""
    from mvn_symbolic.surfaces.build import build_docs, build_outputs

    _package(root)
    outputs = build_outputs(root, _say, jobs=jobs)
    _finish(outputs, check, as_json)
    if not check:
        _say("verifying the generated functions")
        _verify_in_a_fresh_process()
        _say("building the docs")
        _say(f"docs: {build_docs(root)}")


def _verify_in_a_fresh_process() -> None:
    """The modules were just rewritten; whoever judges them must not have the old ones imported."""
    import subprocess

    status = subprocess.run([sys.executable, "-m", "mvn_symbolic", "verify"], check=False, stdout=sys.stderr).returncode
    if status:
        sys.exit(_FAILED)


@main.command()
@_json
@_clean_errors
def doctor(as_json: bool) -> None:
    """Say what is installed and what that allows."""
    from mvn_symbolic.surfaces.doctor import diagnose

    rows = diagnose()
    _emit(as_json, rows, "\n".join(f"{row['name']:<20} {row['found'] or 'missing':<22} {row['use']}" for row in rows))
