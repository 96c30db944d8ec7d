"""The digits example: it trains, its check passes on right code and fails on wrong code, and it refuses bad input."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

for needed in ("torch", "sklearn", "matplotlib", "mvn_symbolic.torch.logvar"):
    pytest.importorskip(needed)

pytestmark = pytest.mark.slow
EXAMPLE = Path(__file__).parents[2] / "examples" / "vae_digits.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vae_digits", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def example() -> ModuleType:
    import matplotlib

    with matplotlib.rc_context():  # the example sets its style for good
        yield load()


def test_run_as_a_script_compares_and_names_what_it_wrote(tmp_path):
    command = [sys.executable, EXAMPLE, "--compare", "--epochs", "1", "--out", tmp_path]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "FORCE_COLOR": ""}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "the losses agree at all 31 steps" in done.stdout
    written = [Path(line.removeprefix("wrote ")) for line in done.stdout.splitlines() if line.startswith("wrote ")]
    assert written == [tmp_path / "vae_digits.png", tmp_path / "vae_digits.svg"]
    assert sorted(tmp_path.iterdir()) == written, "something was left behind"
    assert "\x1b" not in done.stderr, "terminal codes where there is no terminal"


def test_curves_agree_and_the_loss_falls(example, monkeypatch, tmp_path):
    curves = {}
    monkeypatch.setattr(example, "draw", lambda losses, *_: curves.update(losses))
    example.main(["--compare", "--epochs", "1", "--seed", "1", "--out", str(tmp_path)])
    gap, limit = example.measure(curves)
    assert (gap <= limit).all()
    assert curves["generated"][-1] < 0.8 * curves["generated"][0]


# What is wrong with each, and what the message must tell the reader to look at. The float32 detour is an error of
# about 1e-8 in a KL that is a thousandth of the loss: the check is not vacuous even for small mistakes.
MISTAKES = {
    "KL halved": (lambda kl: kl / 2, "values"),
    "KL in float32": (lambda kl: kl.float().double(), "values"),
    "KL's gradient halved": (lambda kl: (kl + kl.detach()) / 2, "gradients"),
    "KL detached": (lambda kl: kl.detach(), "gradients"),
    "KL not a number": (lambda kl: kl * float("nan"), "values"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_fails_the_comparison(name, example, monkeypatch, tmp_path, capsys):
    mistake, part = MISTAKES[name]
    right = example.gaussian.kl_standard_normal
    monkeypatch.setattr(example, "draw", lambda *_: None)
    monkeypatch.setattr(example.gaussian, "kl_standard_normal", lambda loc, logvar: mistake(right(loc, logvar)))
    with pytest.raises(SystemExit) as stopped:
        example.main(["--compare", "--epochs", "1", "--out", str(tmp_path)])
    assert stopped.value.code == 1
    assert f"the {part} of rsample or kl_standard_normal are wrong" in capsys.readouterr().err


def test_a_mistake_in_the_draw_fails_too(example, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(example, "draw", lambda *_: None)
    monkeypatch.setattr(example.gaussian, "rsample", lambda loc, logvar, eps: loc + logvar.exp() * eps)
    with pytest.raises(SystemExit) as stopped:
        example.main(["--compare", "--epochs", "1", "--out", str(tmp_path)])
    assert stopped.value.code == 1


def test_same_seed_same_bytes_and_no_date(example, tmp_path):
    for folder in ("one", "two"):
        example.main(["--epochs", "1", "--out", str(tmp_path / folder)])
    for name in ("vae_digits.svg", "vae_digits.png"):
        one, two = ((tmp_path / folder / name).read_bytes() for folder in ("one", "two"))
        assert one == two
        assert b"date" not in one.lower()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--epochs", "0"],
        ["--epochs", "few"],
        ["--batch-size", "0"],
        ["--batch-size", "1798"],
        ["--seed", "-1"],
        ["--reference", "--compare"],
        ["--colour"],
        ["--out", str(EXAMPLE)],
        ["--out", str(EXAMPLE / "below")],
    ],
)
def test_bad_input_gets_one_line_and_status_2(arguments, example, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        example.main(arguments)
    assert stopped.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("vae_digits: ")


@pytest.mark.parametrize("missing", ["matplotlib", "sklearn.datasets", "mvn_symbolic.torch"])
def test_a_missing_package_gets_one_line_and_status_2(missing, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SystemExit) as stopped:
        load()
    assert stopped.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert missing in lines[0]
