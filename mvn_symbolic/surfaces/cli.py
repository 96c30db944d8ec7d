"""Floor 8: the command `mvn-symbolic`. Reads arguments, calls one function a command, prints; decides nothing."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

import mvn_symbolic
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.surfaces import judging
from mvn_symbolic.surfaces.terminal import FAILED, clean_errors, compare, emit, progress, say, written

__all__ = ["main"]

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines on stdout.")


def _backend(text: str) -> Any:
    return click.option("--backend", "backends", multiple=True, metavar="LIBRARY", help=text)


_jobs = click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Processes to use.")
_root = click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The repository's folder; the current one unless given.",
)


# ---------------------------------------------------------------- commands


_HELP = {"help_option_names": ["-h", "--help"]}


class _Commands(click.Group):
    """Commands that answer to -h on their own, whoever looked at their help before."""

    def command(self, *arguments: Any, **options: Any) -> Any:
        options.setdefault("context_settings", _HELP)
        return super().command(*arguments, **options)


@click.group(cls=_Commands, context_settings=_HELP)
@click.option("--traceback", is_flag=True, help="Show where an unexpected error comes from.")
@click.version_option(mvn_symbolic.__version__, prog_name="mvn-symbolic")
def main(traceback: bool) -> None:
    """Derive the Gaussian reparameterization trick and what follows; render it, generate code from it, verify it.

    Results go to stdout, progress to stderr. Exit codes: 0 done, 1 a check failed, 2 wrong use, 3 a verdict
    that cannot be decided.
    """


@main.command("list")
@_json
@clean_errors
def list_command(as_json: bool) -> None:
    """List the derivations."""
    from mvn_symbolic.catalogue.registry import build, list_derivations

    rows = [
        {"name": name, "title": build(name).title, "chains": len(build(name).chains)} for name in list_derivations()
    ]
    width = max(len(str(row["name"])) for row in rows)
    emit(as_json, rows, "\n".join(f"{row['name']:<{width}}  {row['title']}" for row in rows))


@main.command()
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["markdown", "latex"]), default="markdown", help="What to print.")
@click.option("--out", type=click.Path(path_type=Path), help="Write all its files to this folder instead.")
@_json
@clean_errors
def derive(name: str, form: str, out: Path | None, as_json: bool) -> None:
    """Derive NAME, judge every step, and print it."""
    from mvn_symbolic.catalogue.registry import derive as derived
    from mvn_symbolic.derivation.render import files_of
    from mvn_symbolic.outputs import write_files
    from mvn_symbolic.surfaces.outcome import summary_of

    derivation = derived(name)
    say(f"derived {name}: {summary_of(derivation)}")
    files = files_of(derivation)
    if out is not None:
        changed = write_files({out / file: text for file, text in files.items()})
        written(changed, as_json)
    elif as_json:
        click.echo(files["steps.json"], nl=False)
    else:
        click.echo(files["derivation.md" if form == "markdown" else "derivation.tex"], nl=False)


@main.command()
@_backend("Only this backend; may be repeated.")
@click.option("--check", is_flag=True, help="Write nothing; fail with a diff if a file is stale.")
@_root
@_json
@clean_errors
def generate(backends: tuple[str, ...], check: bool, root: Path, as_json: bool) -> None:
    """Generate the modules, one for each parameterization and array library."""
    from mvn_symbolic.codegen.backends import BACKENDS
    from mvn_symbolic.surfaces.build import module_outputs

    _check_root(root)
    with progress() as report:
        outputs = module_outputs(root, backends or tuple(BACKENDS), report)
    if check:
        compare(outputs, as_json)
    else:
        written(outputs.write(), as_json)


@main.command()
@click.argument("name", required=False)
@_backend("torch, numpy or jax; of generated code repeatable.")
@judging.contract_options
@_jobs
@_json
@clean_errors
def verify(name: str | None, backends: tuple[str, ...], jobs: int, as_json: bool, **options: Any) -> None:
    """Judge a function of yours, every step of a derivation, or without NAME every generated function.

    A function of yours is named as package.module:function or path/to/file.py:function (a method as Class.method, a
    pair as sample,kl) and is judged by what the options say that it promises; --quantity is needed. The exit status is
    0 if it keeps its contract, 1 if not, and 3 if that cannot be decided.

    NAME without a colon is a derivation: a step is judged by the meaning of both its sides, at random points and on
    explicit entries. A generated function is compared with ball arithmetic, and with autograd where torch is installed.
    """
    if name is not None and not name.isidentifier():
        if len(backends) > 1:
            raise ArgumentError(f"`--backend` must be one library for a function; got {len(backends)}. Run it twice.")
        _verify_function(name, {**options, "backend": backends[0] if backends else None}, as_json)
    judging.refuse_options(options, f"the derivation {name!r}" if name else "no function")
    if name is None:
        from mvn_symbolic.surfaces.module_verdicts import verify_modules

        with progress() as report:
            count, objections = verify_modules(backends, report, jobs=jobs)
        data = {"verified": count, "failures": [vars(one) for one in objections]}
        emit(as_json, data, "\n".join([*map(str, objections), f"{count} cases verified, {len(objections)} failures"]))
        sys.exit(FAILED if objections else 0)
    if backends:
        raise ArgumentError(
            "`--backend` chooses among generated code; a derivation has steps. Leave one of the two out."
        )
    _verify_steps(name, as_json)


def _verify_function(target: str, options: dict[str, Any], as_json: bool) -> NoReturn:
    from mvn_symbolic.surfaces.report import on_terminal

    verdict, remarks = judging.judge(target, options, say)
    for remark in remarks:
        say(remark)
    report = verdict.report()
    text = report if os.environ.get("NO_COLOR") else on_terminal(report)
    emit(as_json, judging.as_data(verdict, target, remarks), text)
    sys.exit(judging.STATUSES[verdict.status])


def _verify_steps(name: str, as_json: bool) -> None:
    """Unlike `derive`, go on after a step that does not hold: a person repairs them together."""
    from mvn_symbolic.catalogue.registry import build as built
    from mvn_symbolic.meaning import judge

    rows = []
    with progress() as report:
        derivation = built(name)
        report.expect(len(derivation.steps))
        for chain in derivation.chains:
            for number, step in enumerate(chain.steps, start=1):
                verdict = judge(step.before, step.after, context=[chain.start])
                report.done(f"{verdict.status:8} {chain.name} {number}: {step.rule}")
                row = {"chain": chain.name, "step": number, "rule": step.rule, "status": verdict.status}
                rows.append({**row, "verdict": str(verdict)})
    refuted = [row for row in rows if row["status"] == "refuted"]
    lines = [f"{row['status']:8} {row['chain']} {row['step']}: {row['rule']}: {row['verdict']}" for row in rows]
    lines += [f"{len(rows)} steps of {name} judged, {len(refuted)} refuted"]
    emit(as_json, {"name": name, "steps": rows, "refuted": len(refuted)}, "\n".join(lines))
    sys.exit(FAILED if refuted else 0)


@main.command()
@_root
@_json
@clean_errors
def docs(root: Path, as_json: bool) -> None:
    """Build the documentation into build/docs."""
    from mvn_symbolic.surfaces.site import build_docs

    say("building the docs")
    page = str(build_docs(root))
    emit(as_json, {"page": page}, page)


@main.command()
@click.argument("target", required=False, metavar="[FILE | NAME]")
@click.option("--out", type=click.Path(path_type=Path), help="Of FILE: the folder for its pages.")
@click.option("--code", type=click.Path(path_type=Path), help="Of FILE: the folder for a package of generated code.")
@_backend("Of FILE: only code for this library; may be repeated.")
@click.option("--check", is_flag=True, help="Write nothing; fail with a diff if an output is stale.")
@_jobs
@_root
@_json
@clean_errors
def build(
    target: str | None,
    out: Path | None,
    code: Path | None,
    backends: tuple[str, ...],
    check: bool,
    jobs: int,
    root: Path,
    as_json: bool,
) -> None:
    """Do all of it: derive, judge, render, generate, verify, build the docs.

    With FILE, do it for results of your own: every Derivation, function(...) and gaussian_family(...) at the top level
    of that Python file. Pages go to --out, code to --code, if all steps hold and the code agrees with them.

    With NAME, for one derivation, in seconds: its pages, and the modules that hold its functions. What builds on it
    is left to the next run without NAME, and so are verifying the code and the docs.

    With --check the committed derivations and modules, those of NAME, or those of FILE, are compared with what is
    derived now.
    """
    if target is not None and not target.isidentifier():
        if click.get_current_context().get_parameter_source("root") is not click.core.ParameterSource.DEFAULT:
            raise ArgumentError("`--root` belongs to this repository's own build; got a file too. Leave one out.")
        _build_file(Path(target), out, code, backends, check, jobs, as_json)
        return
    if out is not None or code is not None or backends:
        got = "no file" if target is None else f"the derivation {target!r}"
        raise ArgumentError(
            f"`--out`, `--code` and `--backend` belong to a file of yours; got {got}. "
            "Name it: mvn-symbolic build my_results.py --out my_docs --code my_package."
        )
    from mvn_symbolic.surfaces.build import build_all, build_one, build_outputs

    gc.freeze()  # what was imported stays: to look through it for garbage takes a tenth of the time
    _check_root(root)
    if check or target is not None:
        with progress() as report:
            outputs = build_one(root, target, report, jobs=jobs) if target else build_outputs(root, report, jobs=jobs)
        compare(outputs, as_json) if check else written(outputs.write(), as_json)
        return
    with progress() as report:
        changed, objections, page = build_all(root, report, jobs=jobs)
    if objections:
        data = {"changed": [], "failures": [vars(one) for one in objections]}
        emit(as_json, data, "\n".join(map(str, objections)))
        say(f"Error: {len(objections)} checks of generated functions failed; nothing was written.")
        sys.exit(FAILED)
    written(changed, as_json, page)


def _build_file(
    file: Path, out: Path | None, code: Path | None, backends: tuple[str, ...], check: bool, jobs: int, as_json: bool
) -> None:
    from mvn_symbolic.surfaces.own import build_file

    with progress() as report:
        outputs, _ = build_file(file, out, code, backends, report, jobs=jobs)
    if check:
        compare(outputs, as_json, advice="Run the same command without --check.")
    else:
        written(outputs.write(), as_json)


def _check_root(root: Path) -> None:
    if not (root / "mvn_symbolic").is_dir():
        raise ArgumentError(
            f"`--root` must be the repository's folder, with mvn_symbolic/ in it; got {root.resolve()}."
        )


@main.command()
@_json
@clean_errors
def doctor(as_json: bool) -> None:
    """Say what is installed and what that allows; fail if something needed is missing."""
    from mvn_symbolic.surfaces.doctor import diagnose

    rows = diagnose()
    lines = [f"{row['state']:8} {row['name']:<23} {row['found'] or '-':<16} {row['use']}" for row in rows]
    emit(as_json, rows, "\n".join(lines))
    if wrong := [row["name"] for row in rows if row["state"] == "WRONG"]:
        say(f"Error: needed, and missing or not in a version that works: {', '.join(wrong)}.")
        sys.exit(FAILED)
