"""Files of somebody's own numbers: what is read, from where, and what is refused in one message."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from chainstep.core.network import build
from chainstep.scenarios import ScenarioError, csv_files, load
from chainstep.scenarios import build as build_scenario
from chainstep.scenarios.array_files import Unreadable
from chainstep.scenarios.csv_files import LARGEST_CSV, read_csv
from chainstep.scenarios.numbers_file import NumbersFile, load_numbers
from chainstep.scenarios.scenario import LAST
from chainstep.tui.command import main
from tests.recipes import plain_scenario

SCENARIO = """\
data: {inputs: [[1, 2], [3, 4], [5, 6]], targets: [[1], [0], [1]]}
network:
  bias: separate
  layers: [{units: 2, activation: sigmoid}, {units: 1, activation: sigmoid}]
  weights: [[[0.1, 0.2], [0.3, 0.4]], [[0.5], [0.6]]]
loss: squared-error
update: {learning_rate: 0.5}
"""

PROGRAM = build(build_scenario(plain_scenario(), "mine").setup)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("s.yaml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def read(text: str | bytes, name: str = "n.yaml") -> NumbersFile:
    raw = text if isinstance(text, bytes) else text.encode()
    Path(name).write_bytes(raw)
    return load_numbers(name, PROGRAM)


def refused(text: str | bytes, name: str = "n.yaml") -> str:
    """The first line of the message, without its place, and the last, which is the mend."""
    with pytest.raises(ScenarioError) as caught:
        read(text, name)
    lines = str(caught.value).split("\n")
    assert len(lines) < 12, "one message"
    return lines[0]


# ── what is read ──────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("text", "quantity", "shape", "first"),
    [
        ("C: [[0.99]]", "C", (), "0.99"),
        ("C: [0.99]", "C", (), "0.99"),
        ("C: 0.99", "C", (), "0.99"),
        ("b2: 0.5", "b2", (1, 1), "0.5"),
        ("b2: [0.5]", "b2", (1, 1), "0.5"),
        ("a1.0.1: 0.9", "a1", (), "0.9"),
        ("a1: [[1, 2], [3, 4], [5, nan]]", "a1", (3, 2), "1"),
        ("a1: [[.inf, 2], [3, 4], [5, 6]]", "a1", (3, 2), "inf"),
        ("C: 0." + "1234567890" * 9, "C", (), "1.234567890123456789012346e-1"),
        ("C: 1e-400", "C", (), "1e-400"),
        ("C: 1e-" + "9" * 5000, "C", (), "0.0"),
        ("names: {h: a1, err: -delta2}\nh: [[1, 2], [3, 4], [5, 6]]", "a1", (3, 2), "1"),
        ("names: {h: a1.T}\nh: [[1, 2, 3], [4, 5, 6]]", "a1", (2, 3), "1"),
        ("[{quantity: C, printed: '0.99'}]", "C", (), "0.99"),
        ("- {quantity: C, printed: '0.99'}", "C", (), "0.99"),
        ("---\n- {iteration: 2, values: {C: 0.99}}", "C", (), "0.99"),
        ("a2: null\nC: 1", "C", (), "1"),
        ("a2: '?'\nC: 1", "C", (), "1"),
    ],
)
def test_numbers_are_read(text: str, quantity: str, shape: tuple[int, ...], first: str) -> None:
    (one,) = read(text).written
    assert (one.quantity, one.texts.shape, one.texts.flat[0]) == (quantity, shape, first)


@pytest.mark.usefixtures("here")
def test_a_name_of_ones_own_carries_its_sign_and_its_transpose() -> None:
    one, other = read(
        "names: {err: -delta2, h: a1.T}\nerr: [[1], [2], [3]]\nh: [[1, 2, 3]]"
    ).written
    assert (one.quantity, one.sign, one.transposed) == ("delta2", -1, False)
    assert (other.quantity, other.sign, other.transposed) == ("a1", 1, True)


# ── what is refused ───────────────────────────────────────────────────────────────────────

WRONG = {
    "a1: 0.9": "n.yaml:1:5: a1 is 3×2 (observations × units of layer 1), and this is one number",
    "a1.0.0: [1, 2]": "n.yaml:1:9: a1.0.0 is one entry, and these are 2 numbers",
    "a2: null": "n.yaml: there are no numbers in it",
    "C: 1e309": "n.yaml:1:4: '1e309' is too large: numbers end at 1.8e308",
    "C: " + "9" * 5000: f"n.yaml:1:4: '{'9' * 39}…' is too large: numbers end at 1.8e308",
    "C: " + "9" * 20_000 + "x": f"n.yaml:1:4: a number belongs here, and this is '{'9' * 39}…'",
    "C: " + "x" * 60: f"n.yaml:1:4: a number belongs here, and this is '{'x' * 39}…'",
    "C: '1_0'": "n.yaml:1:4: a number belongs here, and this is '1_0'",
    "a1: [[1, 2], [3]]": "n.yaml:1:5: the rows have 1 and 2 numbers",
    "a1: []": "n.yaml:1:5: there are no numbers in this list",
    "": "n.yaml:1:1: the file is empty",
    "# nothing": "n.yaml:1:1: the file is empty",
    "\x00\x01": "n.yaml is UTF-16 or UTF-32, not UTF-8",
    "hello": "n.yaml:1:1: numbers are {iteration: 1, values: {a1: [[…]], delta2: [[…]]}}, "
    "a list of such, or a list of claims as in a scenario; this is 'hello'",
    "a1: &x [[1]]\na2: *x": "n.yaml:2:5: '*x' repeats a value from elsewhere",
    "a1: {": "n.yaml:2:1: this is no YAML: did not find expected node content",
    "W9: 1": "n.yaml:1:1: this network has no quantity 'W9'",
    "{iteration: 0, values: {C: 1}}": "n.yaml:1:13: an iteration is a whole number from 1 on; "
    "this is '0'",
    f"{{iteration: {LAST + 1}, values: {{C: 1}}}}": "n.yaml:1:13: an iteration is a whole number "
    f"from 1 to {LAST}; this is '{LAST + 1}'",
    f"{'7' * 500}: {{C: 1}}": "n.yaml:1:1: an iteration is a whole number from 1 to 1000000; "
    f"this is '{'7' * 39}…'",
    f"'{'7' * 500}:C': 1": "n.yaml:1:1: an iteration is a whole number from 1 to 1000000; "
    f"this is '{'7' * 39}…'",
    "[{quantity: C, printed: 1, within: many}]": "n.yaml:1:36: within is a whole number from 0 to "
    "1000000; this is 'many'",
    "[{quantity: C, printed: 1, entry: [²]}]": "n.yaml:1:35: an entry is [row, column], counted "
    "from 0",
    "C: 1\n---\nC: 2": "n.yaml:2:1: a second document begins here",
    "data: {}\nnetwork: {}": "n.yaml:1:1: this is a scenario, not a file of numbers",
    "names: {x: a9}\nx: 1": "n.yaml:2:1: 'x' is to be 'a9', and this network has no quantity 'a9'",
    "names: [a1]": "n.yaml:1:1: this network has no quantity 'names'",
    "names: {x: [1]}\nx: 1": "n.yaml:1:12: the name of a quantity belongs here, and this is a list",
    "!!python/object:os.system x": "n.yaml:1:1: the tag '!!python/object:os.system' is not read",
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_what_cannot_be_read_is_told_in_words_about_numbers(text: str) -> None:
    told = refused(text)
    assert told == WRONG[text]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("form", ["yaml", "npz"])
def test_many_numbers_of_another_shape_are_refused_at_once(form: str) -> None:
    if form == "yaml":
        row = f"[{', '.join(['0.125'] * 250)}]"
        told = refused(f"delta2: [{', '.join([row] * 1000)}]")
        assert told.endswith(
            "delta2 is 3×1 (observations × units of layer 2), and these are 1000×250 numbers"
        )
    else:
        np.savez("n.npz", delta2=np.zeros((3000, 1000)))
        told = refused(Path("n.npz").read_bytes(), "n.npz")
        assert told.startswith("n.npz: delta2: delta2 is 3×1")


def npz(**members: bytes) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return raw.getvalue()


def header(shape: str, descr: str = "'<f8'") -> bytes:
    said = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"
    said = said.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(said).to_bytes(2, "little") + said.encode()


def encrypted() -> bytes:
    raw = bytearray(npz(C__npy=header("()") + bytes(8)))
    raw[6] |= 1
    raw[raw.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def packed_as(method: int) -> bytes:
    raw = bytearray(npz(C__npy=header("()") + bytes(8)))
    raw[8] = raw[raw.rindex(b"PK\x01\x02") + 10] = method
    return bytes(raw)


BROKEN: dict[str, tuple[bytes, str]] = {
    "no magic": (npz(C__npy=b"hello"), "n.npz: C: 'C' is no array of numbers"),
    "empty member": (npz(C__npy=b""), "n.npz: C: 'C' is no array of numbers"),
    "encrypted": (encrypted(), "n.npz: C: 'C' is encrypted"),
    "unknown packing": (packed_as(99), "n.npz: C: 'C' is packed in a way"),
    "bzip2": (packed_as(12), "n.npz: C: 'C' is packed in a way"),
    "2**63": (npz(C__npy=header(f"({2**63},)")), "n.npz: C: 'C' is larger than 256 MiB"),
    "2**200": (npz(C__npy=header(f"({2**200}, 3)")), "n.npz: C: 'C' is larger than 256 MiB"),
    "negative": (npz(C__npy=header("(-1,)")), "n.npz: C: 'C' is larger than 256 MiB"),
    "objects": (npz(C__npy=header("()", "'|O'")), "n.npz: C: 'C' holds object, not numbers"),
    "texts": (npz(C__npy=header("()", "'<U4'")), "n.npz: C: 'C' holds <U4, not numbers"),
    "complex": (npz(C__npy=header("()", "'<c16'")), "n.npz: C: 'C' holds complex128, not numbers"),
    "odd type": (npz(C__npy=header("()", "'no'")), "n.npz: C: 'C' is no array of numbers"),
    "no end": (npz(C__npy=header("(")), "n.npz: C: 'C' is no array of numbers"),
    "code": (npz(C__npy=header("(__import__('os'),)")), "n.npz: C: 'C' is no array of numbers"),
    "ends early": (npz(C__npy=header("()") + bytes(3)), "n.npz: C: 'C' ends early: 3 of 8 bytes"),
    "empty array": (npz(C__npy=header("(0,)")), "n.npz: C: there are no numbers in it"),
    "no arrays": (npz(readme__txt=b"hello"), "n.npz: there are no numbers in it"),
    "no zip": (b"hello", "'n.npz' is no npz file"),
    "half a zip": (npz(C__npy=header("()") + bytes(8))[:-30], "'n.npz' is no npz file"),
    "version 9": (npz(C__npy=b"\x93NUMPY\x09\x00" + bytes(99)), "n.npz: C: 'C' is no array"),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", BROKEN)
def test_a_foreign_npz_file_is_refused_in_one_message(name: str) -> None:
    content, message = BROKEN[name]
    assert refused(content, "n.npz").startswith(message)


@pytest.mark.usefixtures("here")
def test_foreign_members_beside_arrays_are_passed_over() -> None:
    (one,) = read(npz(C__npy=header("()") + bytes(8), readme__txt=b"x"), "n.npz").written
    assert one.quantity == "C"


@pytest.mark.usefixtures("here")
def test_a_bomb_is_refused_unpacked() -> None:
    bomb = npz(C__npy=header(f"({2**24},)") + bytes(2**27))
    assert len(bomb) < 2**18
    told = refused(bomb, "n.npz")
    assert told == "n.npz: C: C is one number, and these are 16777216 numbers"


@pytest.mark.usefixtures("here")
def test_arrays_keep_their_layout_and_their_byte_order() -> None:
    turned = np.asfortranarray(np.arange(6.0).reshape(3, 2)).astype(">f4")
    raw = io.BytesIO()
    np.savez_compressed(raw, a1=turned)
    (one,) = read(raw.getvalue(), "n.npz").written
    assert one.values is not None
    assert one.values.dtype == np.dtype("float32")
    assert one.values.tolist() == turned.tolist()


@pytest.mark.parametrize(
    "text", ["C: 0.5", "values: {a1: [[1]]}", "iteration: 2\ndC/dW1: [[1]]", "1: {C: 0.5}"]
)
def test_numbers_in_place_of_a_scenario_are_told_in_one_message(here: Path, text: str) -> None:
    (here / "n.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(here / "n.yaml")
    lines = str(caught.value).split("\n")
    assert lines[0].endswith("n.yaml:1:1: this is a file of numbers, not a scenario")
    assert lines[-1].startswith("chainstep check SCENARIO ")


# ── from where ────────────────────────────────────────────────────────────────────────────


def run(*words: str, given: bytes = b"") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "chainstep", *words], input=given, capture_output=True, check=False
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.usefixtures("here")
def test_numbers_and_scenarios_come_through_standard_input() -> None:
    assert run("check", "s.yaml", "-", given=b"C: 9")[0] == 1
    Path("n.yaml").write_text("C: 9", encoding="utf-8")
    code, out, _ = run("check", "-", "n.yaml", given=SCENARIO.encode())
    assert "chainstep" not in out  # what is advised could not be run again
    assert code == 1
    assert out.startswith("standard input, iteration 1: ")
    assert "next: " not in run("replay", "-", "--quantity", "C", given=SCENARIO.encode())[1]
    code, _, err = run("check", "s.yaml", "-", given=b"C: x")
    assert (code, err.split("\n")[0]) == (
        2, "standard input:1:4: a number belongs here, and this is 'x'",
    )  # fmt: skip


@pytest.mark.usefixtures("here")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes of this kind")
def test_a_pipe_is_read_as_a_file_is() -> None:
    shell = f"{sys.executable} -m chainstep check <(cat s.yaml) <(echo 'C: 9')"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, check=False)
    assert done.returncode == 1, done.stderr


@pytest.mark.usefixtures("here")
def test_what_is_no_file_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("x" * 5000, "a\0b", "nothing.yaml"):
        assert main(["check", "s.yaml", name]) == 2
        assert capsys.readouterr().err.startswith("chainstep: there is no file '")


# ── CSV ───────────────────────────────────────────────────────────────────────────────────


def test_a_large_csv_file_takes_no_more_memory_than_its_numbers(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "t.csv"
    path.write_text("x,y,z\n" + "0.125,-3.5e-3,17\n" * 100_000, encoding="utf-8")
    tracemalloc.start()
    table = read_csv(path, ["x", "z"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table.shape == (100_000, 2)
    assert table.sum(axis=0).tolist() == [12_500, 1_700_000]
    assert peak < 3 * table.nbytes


@pytest.mark.usefixtures("here")
def test_a_csv_file_that_is_too_large_is_refused_unread(capsys: pytest.CaptureFixture[str]) -> None:
    with Path("t.csv").open("wb") as file:
        file.truncate(LARGEST_CSV + 1)
    Path("s.yaml").write_text(SCENARIO.replace("[[1], [0], [1]]", "{csv: t.csv}"), encoding="utf-8")
    assert main(["check", "s.yaml"]) == 2
    assert "'t.csv' is larger than 64 MiB" in capsys.readouterr().err


ROWS: dict[str, tuple[str, list[list[float]]]] = {
    "plain": ("1,2\n3,4\n", [[1, 2], [3, 4]]),
    "names": ("x,y\n1,2\n", [[1, 2]]),
    "quoted": ('"x","y"\n"1","2"\n3,"4"\n', [[1, 2], [3, 4]]),
    "empty lines": ("\n1,2\n\n3,4\n\n", [[1, 2], [3, 4]]),
    "spaces": (" 1 , 2 \n3,4", [[1, 2], [3, 4]]),
    "Windows": ("x,y\r\n1,2\r\n3,4\r\n", [[1, 2], [3, 4]]),
    "old Macs": ("1,2\r3,4\r", [[1, 2], [3, 4]]),
    "a mark in front": ("\ufeff1,2\n", [[1, 2]]),
    "one column": ("1\n\n2\n", [[1], [2]]),
    "forms": ("+1.,-.5\n1e-3,2E+4\n", [[1, -0.5], [0.001, 20000]]),
}


@pytest.mark.parametrize("form", ROWS)
def test_rows_are_read_alike_however_they_are_written(form: str, tmp_path: Path) -> None:
    text, numbers = ROWS[form]
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    assert read_csv(path, None).tolist() == numbers
    assert read_csv(path, ["0"]).tolist() == [row[:1] for row in numbers]


@pytest.mark.parametrize("cell", ["x", "", "0x1", "1_0", "\u0663", "1 2", "1;2", "1d3"])
def test_the_line_of_a_cell_that_is_no_number_is_named(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "1,2\n" * 40_000 + f"3,{cell}\n1,2\n", encoding="utf-8")
    with pytest.raises(Unreadable, match=r"t\.csv:40002: a number belongs here"):
        read_csv(path, None)


def test_a_csv_file_of_too_many_numbers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_files, "_MOST_NUMBERS", 1000)
    path = tmp_path / "t.csv"
    for text in ("1,2\n" * 501, '"1",2\n' * 501):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(Unreadable, match="more than 1000 numbers"):
            read_csv(path, None)


def test_one_number_is_the_weight_beside_a_bias(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = "bias: row\n  layers: [{units: 1, activation: tanh}]\n  weights: [[[0.1], [0.5]]]"
    head = "data: {inputs: [[0.8]], targets: [[1]]}\nnetwork:\n  "
    rate = "update: {learning_rate: 0.5}\n"
    here.joinpath("s.yaml").write_text(
        f"{head}{row}\nloss: squared-error\n{rate}", encoding="utf-8"
    )
    here.joinpath("n.yaml").write_text("W1: 0.5\n", encoding="utf-8")
    assert main(["check", "s.yaml", "n.yaml"]) == 0
    assert "1 of 1" in capsys.readouterr().out
    here.joinpath("n.yaml").write_text("W1: 0.7\n", encoding="utf-8")
    assert main(["check", "s.yaml", "n.yaml"]) == 1
