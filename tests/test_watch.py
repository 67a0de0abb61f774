import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

import chainstep
from chainstep.core.quantities import InputError
from chainstep.core.stepper import Stepper
from chainstep.scenarios import load
from chainstep.scenarios.programs.judging.judging import judge
from chainstep.scenarios.programs.opening.graphing import graphed
from chainstep.scenarios.programs.opening.networks import recipe_of
from chainstep.scenarios.programs.opening.opening import open_program
from chainstep.scenarios.programs.seeing.running import run
from chainstep.scenarios.programs.sources import read_source
from chainstep.scenarios.programs.telling.answers import Answer
from chainstep.scenarios.programs.watching import watch_source

PROGRAM = """\
import numpy as np
np.random.seed(1)
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1], [0.5, 0.2, 1]])
y = np.array([[0], [1], [1], [0], [1]])
W1 = np.random.randn(3, 4)
W2 = np.random.randn(4, 1)
def train(turns=1000):
    global W1, W2
    for turn in range(turns):
        a1 = np.tanh(X @ W1)
        a2 = 1 / (1 + np.exp(-(a1 @ W2)))
        delta2 = (a2 - y) * a2 * (1 - a2)
        delta1 = (delta2 @ W2.T) * (1 - a1 ** 2)
        W2 = W2 - 0.5 * a1.T @ delta2
        W1 = W1 - 0.5 * X.T @ delta1
train()
"""
WRONG = PROGRAM.replace("(1 - a1 ** 2)", "(1 - a1)")


def _file(tmp_path: Path, text: str, name: str = "train.py") -> Path:
    path = tmp_path / name
    path.write_text(dedent(text), encoding="utf-8")
    return path


def _watch(path: Path | str, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chainstep", "watch", str(path), *words],
        input=given,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def _seen(path: Path, arguments: tuple[str, ...] = ()) -> Answer:
    """The same in this process, which is quicker."""
    return watch_source(read_source(str(path)), arguments, 3)


def test_json_says_the_first_wrong_line_and_the_mistake(tmp_path: Path) -> None:
    done = _watch(_file(tmp_path, "print('hello')\n" + WRONG), "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert done.stderr == "hello\n"
    assert answer["verdict"] == "wrong"
    assert answer["first"]["line"] == 14
    assert answer["first"]["quantity"] == "delta1"
    assert {"line", "code", "is", "verdict"} <= set(answer["lines"][0])
    assert answer["network"] == "3-4-1, tanh, sigmoid"


def test_a_right_program_ends_with_0_and_its_output_goes_where_it_would(tmp_path: Path) -> None:
    done = _watch(_file(tmp_path, "print('hello')\n" + PROGRAM))
    assert done.returncode == 0
    assert done.stdout.startswith("hello\ntrain.py: 3-4-1, tanh, sigmoid · half squared error")
    assert "Right: every update goes along the derivative of the cost" in done.stdout


HARMLESS = """\
import os, sys, threading, time
assert __name__ == "__main__" and sys.argv[1:] == ["--epochs", "3"]
name = input()
if os.fork() == 0:
    os._exit(0)
os.wait()
time.sleep(60)
thread = threading.Thread(target=lambda: 1.0 + 2.0)
thread.start()
thread.join()
import matplotlib.pyplot as plt
plt.plot([1]); plt.show()
print(name * 100_000)
"""


def test_a_program_is_watched_without_harm(tmp_path: Path) -> None:
    path = _file(tmp_path, HARMLESS + PROGRAM)
    done = _watch(path, "--", "--epochs", "3", given="Ada\n")
    assert done.returncode == 0
    assert done.stdout.startswith("AdaAda")


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("import sys; sys.exit(3)", id="leaves at once"),
        pytest.param("import os; os._exit(0)", id="leaves without a word"),
        pytest.param("import math; x = math.sqrt(-1)", id="raises"),
        pytest.param("while True:\n    x = 1 + 1", id="never ends"),
    ],
)
def test_a_program_that_cannot_be_followed_ends_with_2_and_no_traceback_of_ours(
    tmp_path: Path, before: str
) -> None:
    answer = _seen(_file(tmp_path, f"{before}\n{PROGRAM}"))
    assert answer.exit_code == 2
    assert "chainstep/scenarios" not in str(answer)


def test_a_program_that_catches_everything_is_stopped_all_the_same(tmp_path: Path) -> None:
    ending = "while True:\n    try:\n        train(1)\n    except:\n        pass\n"
    assert _watch(_file(tmp_path, PROGRAM.replace("train()\n", ending))).returncode == 0


def test_an_interrupt_ends_the_program_too_and_is_130(tmp_path: Path) -> None:
    path = _file(tmp_path, "print('up', flush=True)\nwhile True: input()\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "chainstep", "watch", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.endswith(b"chainstep: interrupted\n")


def test_a_function_of_a_module_is_watched(tmp_path: Path) -> None:
    path = _file(tmp_path, PROGRAM.replace("\ntrain()\n", "\n"))
    assert _watch(f"{path}:train").returncode == 0
    done = _watch(f"{path}:trian")
    assert (done.returncode, done.stderr) == (
        2,
        f"chainstep: {path} has no trian; its functions are train\n",
    )


def test_a_notebook_is_watched_and_its_places_are_cells_and_lines(tmp_path: Path) -> None:
    cells = [
        "%matplotlib inline\n" + WRONG.split("def train")[0],
        "def train" + WRONG.split("def train")[1],
    ]
    notebook = {"cells": [{"cell_type": "code", "source": cell} for cell in cells]}
    path = _file(tmp_path, json.dumps(notebook), "lesson.ipynb")
    answer = json.loads(_watch(path, "--json").stdout)
    assert answer["first"]["place"] == "2:7"


def test_modules_of_its_own_folder_are_seen(tmp_path: Path) -> None:
    _file(tmp_path, "import numpy as np\ndef slope(a):\n    return 1 - a\n", "slopes.py")
    text = "from slopes import slope\n" + PROGRAM.replace("(1 - a1 ** 2)", "slope(a1)")
    answer = _seen(_file(tmp_path, text))
    assert answer.first is not None
    assert (Path(answer.first.file).name, answer.first.line) == ("slopes.py", 3)


def test_the_texts_of_a_program_are_no_commands_to_a_terminal(tmp_path: Path) -> None:
    text = PROGRAM.replace("delta1 = (", "delta1 = ('\x1b[31m' and ")
    assert "\x1b" not in str(_seen(_file(tmp_path, text)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            "W1 = W1 - 0.5 * X.T @ delta1", "W1 = W1 - 0.5 * delta1",
            ("`0.5 * delta1` is (5, 4): observations × units of layer 1", "missing-activation"),
            id="delta for a gradient",
        ),
        pytest.param(
            "(delta2 @ W2.T)", "(delta2 @ W2)",
            ("`delta2` is (5, 1)", "`W2` is (4, 1)", "`delta2 @ W2.T` would fit"),
            id="not transposed",
        ),
        pytest.param(
            "W2 = W2 - 0.5 * a1.T @ delta2", "W2 -= 0.5 * a1.T @ delta2",
            ("`W2` holds whole numbers", "integer-weights"), id="whole numbers",
        ),
    ],
)  # fmt: skip
def test_a_crash_is_explained_by_what_the_shapes_mean(
    tmp_path: Path, old: str, new: str, said: tuple[str, ...]
) -> None:
    text = PROGRAM.replace(old, new)
    if "integer-weights" in said:
        text = text.replace("W2 = np.random.randn(4, 1)", "W2 = np.array([[1], [2], [0], [1]])")
    answer = _seen(_file(tmp_path, text))
    assert answer.exit_code == 2
    for one in said:
        assert one in str(answer)


def test_what_is_no_program_has_one_message(tmp_path: Path) -> None:
    done = _watch(_file(tmp_path, "def (:\n"))
    assert done.returncode == 2
    assert "train.py:1:5: this is no Python: invalid syntax" in done.stderr
    assert "Traceback" not in done.stderr
    assert (
        _watch(tmp_path / "none.py").stderr == f"chainstep: there is no file {tmp_path}/none.py\n"
    )


def test_a_program_without_updates_gets_an_honest_answer(tmp_path: Path) -> None:
    text = "import numpy as np\nprint(np.ones((2, 2)) @ np.ones((2, 2)))\n"
    answer = _seen(_file(tmp_path, text))
    assert answer.exit_code == 2
    assert "nothing of a network was recognised" in str(answer)
    assert "nothing was seen that is updated from itself" in str(answer)


def test_a_perceptron_cannot_be_told_and_is_not_accused(tmp_path: Path) -> None:
    text = """\
        import numpy as np
        X = np.array([[0., 0., 1.], [0., 1., 1.], [1., 0., 1.], [1., 1., 1.]])
        t = np.array([0., 0., 0., 1.])
        w = np.array([0.1, -0.2, 0.05])
        for epoch in range(10):
            for x, y in zip(X, t):
                guess = float(x @ w > 0)
                w = w + 0.1 * (y - guess) * x
        """
    assert _seen(_file(tmp_path, text)).exit_code in {2, 3}


def test_a_function_can_be_watched_from_python() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))

    def train() -> None:
        w = np.array([[0.3], [-0.1], [0.2]])
        for _ in range(10):
            error = x @ w - y
            w = w - 0.1 * x.T @ error

    answer = chainstep.watch(train)
    assert (answer.verdict, answer.exit_code, answer.holds) == ("right", 0, True)
    assert "W1_new" in str(answer)


def test_a_watched_program_steps_as_it_computes(tmp_path: Path) -> None:
    judgement = judge(run(read_source(str(_file(tmp_path, PROGRAM))), (), 3), 3)
    stepper = Stepper(graphed(judgement).program)
    for judged in judgement.iterations:
        for update in judged.reading.iteration.updates:
            name = {3: "W1", 4: "W2"}[np.shape(update.old.value)[0]]
            assert stepper[name] == pytest.approx(update.old.value, rel=1e-12)
        stepper.iterate()
        stepper.run(0)


def test_every_quantity_of_an_opened_program_has_its_line(tmp_path: Path) -> None:
    scenario = open_program(str(_file(tmp_path, WRONG)))
    lines = {
        name: scenario.listing.lines[at - 1].strip() for name, at in scenario.listing.at.items()
    }
    assert lines["delta1"].startswith("delta1 = ")
    assert scenario.listing.verdicts[scenario.listing.at["delta1"]] == "WRONG"
    with pytest.raises(InputError, match="its settings are changed in its own file"):
        _ = scenario.setup


def test_the_scenario_of_a_program_gives_the_same_weights(tmp_path: Path) -> None:
    path = _file(tmp_path, PROGRAM)
    judgement = judge(run(read_source(str(path)), (), 3), 3)
    stepper = Stepper(load(recipe_of(str(path))))
    stepper.run(2)
    last = judgement.iterations[2].reading.iteration
    for update in last.updates:
        name = {3: "W1", 4: "W2"}[np.shape(update.old.value)[0]]
        assert stepper[name] == pytest.approx(update.old.value, rel=1e-9)
