import pytest

from chainstep.scenarios.programs.sources import Source
from chainstep.scenarios.programs.telling.answers import Answer
from chainstep.scenarios.programs.watching import watch_source
from tests.watched import FOLDER

NET = """\
import numpy as np
rng = np.random.RandomState(1)
X = rng.randn(12, 3)
Y = (X[:, :1] * X[:, 1:2] > 0) * 1.0
W1, b1 = rng.randn(3, 4), np.zeros(4)
W2, b2 = rng.randn(4, 1), np.zeros(1)
P = [W1, b1, W2, b2]
M = [np.zeros_like(p) for p in P]
S = [np.zeros_like(p) for p in P]
for t in range(1, 20):
    a1 = np.tanh(X @ P[0] + P[1])
    a2 = 1 / (1 + np.exp(-(a1 @ P[2] + P[3])))
    loss = -np.mean(Y * np.log(a2) + (1 - Y) * np.log(1 - a2))
    d2 = (a2 - Y) / len(X)
    d1 = d2 @ P[2].T * (1 - a1 ** 2)
    G = [X.T @ d1, d1.sum(0), a1.T @ d2, d2.sum(0)]
    for k in range(4):
        STEP
"""
MOMENTUM = "M[k] = 0.9 * M[k] - 0.1 * G[k]; P[k] = P[k] + M[k]"
ADAM = (
    "M[k] = 0.9 * M[k] + 0.1 * G[k]; S[k] = 0.99 * S[k] + 0.01 * G[k] ** 2; "
    "P[k] = P[k] - 0.01 * (M[k] / (1 - 0.9 ** t)) / (np.sqrt(S[k] / (1 - 0.99 ** t)) + 1e-8)"
)
ADAGRAD = "S[k] = S[k] + G[k] ** 2; P[k] = P[k] - 0.1 * G[k] / (np.sqrt(S[k]) + 1e-8)"
CLIPPED = (
    "n = np.sqrt(sum((g * g).sum() for g in G)); P[k] = P[k] - 0.5 * min(1.0, 0.05 / n) * G[k]"
)
ADADELTA = (
    "S[k] = 0.95 * S[k] + 0.05 * G[k] ** 2; "
    "step = -np.sqrt(M[k] + 1e-6) / np.sqrt(S[k] + 1e-6) * G[k]; "
    "M[k] = 0.95 * M[k] + 0.05 * step ** 2; P[k] = P[k] + step"
)
IN_PLACE = (
    "S[k][...] = 0.9 * S[k] + 0.1 * G[k] * G[k]; P[k][...] -= 0.01 * G[k] / np.sqrt(S[k] + 1e-7)"
)
PLAIN = "P[k] = P[k] - 0.5 * G[k]"
WRITTEN_BACK = ADAM.replace(
    "P[k] = P[k] - 0.01 * (M[k] / (1 - 0.9 ** t))",
    "M[k] = M[k] / (1 - 0.9 ** t); P[k] = P[k] - 0.01 * M[k]",
)
STREAM = """\
import numpy as np
rng = np.random.RandomState(2)
X = rng.randn(10, 3)
Y = X[:, :1] * X[:, 1:2]
W, v = [rng.randn(3, 3) * 0.3 for _ in range(4)], rng.randn(3, 1)
for epoch in range(9):
    a = [X]
    for w in W:
        a.append(a[-1] + np.tanh(a[-1] @ w))
    e = (a[-1] @ v - Y) / len(X)
    cost = 0.5 * np.mean((a[-1] @ v - Y) ** 2)
    g, gv = e @ v.T, a[-1].T @ e
    for i in (3, 2, 1, 0):
        d = g * (1 - np.tanh(a[i] @ W[i]) ** 2)
        g = g + d @ W[i].T
        W[i] = W[i] - 0.1 * a[i].T @ d
    v = v - 0.1 * gv
"""
ONE_LAYER = """\
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(8, 3))
Y, W = (X[:, 0] > 0) * 1.0, rng.normal(size=(3, 1))
for step in range(9):
    p = 1 / (1 + np.exp(-(X @ W)))
    d = (p - Y) / len(X)
    W = W - 0.5 * X.T @ d
"""
FLOATS = """\
import math
xs = [0.1, 0.8, 0.5]
ys = [1.0, 0.0, 1.0]
w = [0.4, -0.3]
gw = [0.0, 0.0]
for epoch in range(100):
    gw = [0.0, 0.0]
    total = 0.0
    for x, y in zip(xs, ys):
        out = 1 / (1 + math.exp(-(w[0] * x + w[1])))
        total += -(y * math.log(out) + (1 - y) * math.log(1 - out))
        d = out - y
        gw[0] += d * x
        gw[1] += d
    w[0] -= 0.1 * gw[0]
    w[1] -= 0.1 * gw[1]
print(total)
"""


def _watched(text: str) -> Answer:
    return watch_source(Source(FOLDER / "program.py", text), (), 3)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(NET.replace("STEP", MOMENTUM), id="momentum"),
        pytest.param(NET.replace("STEP", ADAM), id="adam"),
        pytest.param(NET.replace("STEP", ADAGRAD), id="adagrad"),
        pytest.param(FLOATS, id="gradients in a list of floats"),
        pytest.param(NET.replace("STEP", CLIPPED), id="one norm of all gradients"),
        pytest.param(NET.replace("STEP", ADADELTA), id="adadelta"),
        pytest.param(NET.replace("STEP", IN_PLACE), id="a memory in place"),
        pytest.param(STREAM, id="a stream that layers add to is no parameter"),
    ],
)
def test_a_right_rule_is_right(text: str) -> None:
    assert _watched(text).verdict == "right"


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        pytest.param(
            NET.replace("STEP", MOMENTUM.replace("0.9 * M[k] -", "-0.9 * M[k] -")),
            18,
            "momentum-sign",
            id="the old velocity is subtracted",
        ),
        pytest.param(
            NET.replace("STEP", ADAM.replace("S[k] / (1 - 0.99 ** t)", "S[k]")),
            18,
            "adam-not-corrected",
            id="one mean is not corrected",
        ),
        pytest.param(
            NET.replace("STEP", ADAM.replace(" ** t)", " ** (t + 1))")),
            18,
            "adam-counts-wrong",
            id="t from 2",
        ),
        pytest.param(
            NET.replace("STEP", ADAGRAD.replace("S[k] + G", "G")),
            18,
            "squares-written-over",
            id="squares written over"
        ),
        pytest.param(
            NET.replace("STEP", "P[k] = P[k] - 0.5 * G[k]").replace(
                "W1, b1 = rng.randn(3, 4)", "W1, b1 = np.ones((3, 4))"
            ).replace("W2, b2 = rng.randn(4, 1)", "W2, b2 = np.ones((4, 1))"),
            5,
            "equal-units",
            id="units that start equal",
        ),
        pytest.param(
            NET.replace("STEP", MOMENTUM.replace("0.1 * G", "-0.1 * G")),
            18,
            "sign-flipped",
            id="a velocity uphill",
        ),
        pytest.param(
            NET.replace("STEP", WRITTEN_BACK),
            18,
            "adam-correction-kept",
            id="a corrected mean that is kept",
        ),
        pytest.param(
            NET.replace("STEP", MOMENTUM).replace(
                "    a1 =", "    M = [np.zeros_like(p) for p in P]\n    a1 ="
            ),
            11,
            "momentum-left-out",
            id="a velocity that begins anew",
        ),
        pytest.param(
            NET.replace("STEP", PLAIN).replace(
                "    a1 =", "    rng.shuffle(X); rng.shuffle(Y)\n    a1 ="
            ),
            11,
            "targets-shuffled",
            id="targets shuffled apart",
        ),
        pytest.param(
            NET.replace("STEP", PLAIN).replace("d2 @ P[2].T * (1", "d2 * (1"),
            15,
            "delta-without-weights",
            id="delta without the weights",
        ),
        pytest.param(
            NET.replace("STEP", PLAIN).replace("(1 - a1 ** 2)", "(1 - a1 * 2)"),
            15,
            "slope-mistyped",
            id="a product for a power",
        ),
        pytest.param(
            NET.replace("STEP", PLAIN).replace("X.T @ d1", "X.T @ (d2 @ P[2].T)"),
            16,
            "error-in-gradient",
            id="the error in a gradient",
        ),
        pytest.param(
            NET.replace("for k in range(4):\n        STEP", "for p, g in zip(P, G): p = p - g"),
            17,
            "weights-not-updated",
            id="a new value bound to a name alone",
        ),
        pytest.param(
            NET.replace("STEP", PLAIN).replace("np.log(", "np.log10("),
            13,
            "logarithm-base",
            id="a cost with the logarithm of base 10",
        ),
        pytest.param(
            NET.replace("STEP", PLAIN).replace("len(X)", "X.shape[1]"),
            14,
            "wrong-count",
            id="divided by the inputs",
        ),
        pytest.param(ONE_LAYER, 7, "broadcast-vector", id="targets (n,) against outputs (n,1)"),
        pytest.param(
            FLOATS.replace("    gw = [0.0, 0.0]\n    total", "    total"),
            12,
            "gradient-accumulated",
            id="lists that are never cleared",
        ),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_named(text: str, line: int, name: str) -> None:
    answer = _watched(text)
    assert answer.verdict == "wrong"
    assert answer.first is not None
    assert (answer.first.line, answer.mistakes[0].id) == (line, name)


def test_a_cost_that_was_not_seen_is_said() -> None:
    text = NET.replace("STEP", "P[k] = P[k] - 0.5 * G[k]").replace("    loss = -np.mean", "    # ")
    answer = _watched(text)
    assert answer.verdict == "right"
    assert any("No cost was seen" in note for note in answer.notes)
