"""Floor 8: results of one's own, from a file outside this repository to pages, code and verdicts.

Lives here: the stages for such a file, and which files in the user's folders are ours. Nothing is printed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import util
from pathlib import Path, PurePosixPath

from mvn_symbolic.checks import check_known
from mvn_symbolic.codegen.backends import BACKENDS
from mvn_symbolic.codegen.module import module_source
from mvn_symbolic.codegen.standalone import Generated
from mvn_symbolic.errors import ArgumentError, OutputError, UnsupportedExpressionError
from mvn_symbolic.surfaces.claims import check_claim
from mvn_symbolic.surfaces.lanes import BuildError, Report, all_done, submit, workers
from mvn_symbolic.surfaces.outcome import Outputs, Page, index_text, rendered
from mvn_symbolic.surfaces.results import collected, refused
from mvn_symbolic.verify.own import CodeVerdict, verify_code

__all__ = ["LISTING", "Module", "build_file"]

LISTING = "made-by-mvn-symbolic.txt"
"""Which files of a folder this command made; no other file is ever written over or removed."""


@dataclass(frozen=True)
class Module:
    """A generated module, and what came of judging its functions.

    Attributes
    ----------
    backend, name : where it stands in the package
    text : its source
    verdicts : a verdict for each function; nothing where the array library is not installed
    """

    backend: str
    name: str
    text: str
    verdicts: dict[str, CodeVerdict]


def build_file(
    file: Path, out: Path | None, code: Path | None, backends: Iterable[str], report: Report, *, jobs: int = 2
) -> tuple[Outputs, list[Module]]:
    """Derive, judge, render, generate and verify what stands in a file; nothing is written.

    Parameters
    ----------
    file : Path
        A Python file with results at its top level; see :func:`mvn_symbolic.surfaces.results.collected`.
    out, code : Path, optional
        The folder for pages, and that of the package for code. What has no folder is made and judged all the same.
    backends : iterable of str
        For which array libraries; all when empty.
    report : Report
        Hears of progress.
    jobs : int, optional
        Processes to use.

    Returns
    -------
    outputs : what is to be written
    modules : the generated modules with their verdicts

    Raises
    ------
    ArgumentError, UnknownNameError
        For what is wrong with the file, the folders or the backends, or a function that is no result of the
        derivation it names.
    DerivationError
        When a step is refuted.
    BuildError
        When generated code disagrees with its expression.
    OutputError
        When a file is in the way that this command did not make.
    """
    _check_folders(out, code)
    libraries = [check_known("backend", name, BACKENDS) for name in backends] or list(BACKENDS)
    results = collected(file)
    wanted = [(library, name) for library in libraries for name in results.modules]
    report.expect(len(results.derivations) + len(wanted))
    with workers(min(jobs, len(results.derivations) + len(wanted))) as lanes:
        pages = [
            submit(lanes[i % len(lanes)], report, _rendered, file, name) for i, name in enumerate(results.derivations)
        ]
        # all backends of a module go down one lane: they share the truths in ball arithmetic
        lane = {name: lanes[-1 - i % len(lanes)] for i, name in enumerate(results.modules)}
        made = [submit(lane[name], report, _module, file, library, name) for library, name in wanted]
        all_done([*pages, *made])
    for function in results.modules.get(file.stem, ()):  # those of a family are made from its own chains
        check_claim(function, results.derivations, file)
    modules = [future.result()[0] for future in made]
    _check_verdicts(modules)
    outputs = Outputs({})
    if out is not None:
        texts = {"README.md": index_text(f"`{file.name}`", results.derivations.values())} if pages else {}
        for page in (future.result()[0] for future in pages):
            texts |= {f"{page.name}/{path}": text for path, text in page.files.items()}
        outputs += _owned(out, texts)
    if code is not None:
        outputs += _owned(code, _package(code.resolve().name, file, modules))
    return outputs, modules


def _rendered(file: Path, name: str) -> tuple[Page, str]:
    return rendered(collected(file).derivations[name])


def _module(file: Path, library: str, name: str) -> tuple[Module, str]:
    functions = collected(file).modules[name]
    title = f"Functions derived in `{file.name}`, with derived derivatives."
    command = f"mvn-symbolic build {file.name}"
    try:
        text = module_source(title, functions, BACKENDS[library], command=command)
    except UnsupportedExpressionError as error:
        raise refused(file, name, error) from error
    if util.find_spec(library) is None:
        return Module(library, name, text, {}), f"generated {library}.{name}; not verified: no {library} is installed"
    verdicts = {one.name: verify_code(Generated(one, library, text)) for one in functions}
    wrong = sum(one.status != "pass" for one in verdicts.values())
    compared = sum(one.compared for one in verdicts.values())
    worst = max(one.worst for one in verdicts.values())
    said = f"{wrong} functions wrong" if wrong else f"{compared} numbers compared, largest relative error {worst:.1e}"
    return Module(library, name, text, verdicts), f"verified {library}.{name}: {said}"


def _check_verdicts(modules: list[Module]) -> None:
    wrong = [
        f"{one.backend}.{one.name}.{name}: {verdict.failures[0]}"
        for one in modules
        for name, verdict in one.verdicts.items()
        if verdict.status != "pass"
    ]
    if wrong:
        raise BuildError(f"generated code must agree with its expression; got {'; '.join(wrong)}. Nothing was written.")


def _package(name: str, file: Path, modules: list[Module]) -> dict[str, str]:
    """The files of a package that needs an array library and nothing else."""
    made = f"generated by `mvn-symbolic build {file.name}`; edit that file instead"
    texts = {"__init__.py": f'"""Code for {", ".join(dict.fromkeys(one.name for one in modules))}, {made}."""\n'}
    for one in modules:
        texts.setdefault(f"{one.backend}/__init__.py", f'"""Code for {one.backend}, {made}."""\n')
        texts[f"{one.backend}/{one.name}.py"] = one.text
    return texts if modules else {}


def _check_folders(out: Path | None, code: Path | None) -> None:
    if out is None and code is None:
        raise ArgumentError("`--out` or `--code` must say where to write; got neither. Give a folder for one of them.")
    if code is not None and not code.resolve().name.isidentifier():
        raise ArgumentError(f"`--code` must be a folder that can be imported; got {code}. Use letters, digits and _.")
    if out is not None and code is not None and out.resolve() == code.resolve():
        raise ArgumentError(f"`--code` must be another folder than `--out`; got {code} for both. Choose two.")


def _owned(folder: Path, texts: dict[str, str]) -> Outputs:
    """The outputs of a folder: a listing of them, and what the listing of the last run has beyond them."""
    before = _listed(folder)
    for path, text in texts.items():
        place = folder / path
        if path not in before and place.is_file() and place.read_bytes() != text.encode():
            raise OutputError(
                f"expected no {place}, for this command did not make it and would write over it. "
                "Choose another folder, or move the file away."
            )
    if not texts:
        return Outputs({}, ())
    head = "# Made by `mvn-symbolic build`; the next run writes over these files."
    listing = "\n".join([head, *sorted(texts)]) + "\n"
    obsolete = tuple(folder / path for path in sorted(before - set(texts)) if (folder / path).is_file())
    return Outputs({folder / LISTING: listing, **{folder / path: text for path, text in texts.items()}}, obsolete)


def _listed(folder: Path) -> set[str]:
    """The files of the last run; nothing outside the folder, whatever somebody wrote into the listing."""
    try:
        lines = (folder / LISTING).read_text(encoding="utf-8").splitlines()[1:]
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"cannot read {folder / LISTING}: {error}. Remove it, or choose another folder.") from error
    paths = [PurePosixPath(line) for line in lines if line]
    return {str(path) for path in paths if not path.is_absolute() and ".." not in path.parts}
