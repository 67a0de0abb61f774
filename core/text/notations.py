"""The notations, one entry each: how well-known pages, books and programs write."""

from __future__ import annotations

from chainstep.core.quantities import InputError, nearest
from chainstep.core.text.notation import Notation

_FIRST = {"z": "z", "a": "a", "W": "W", "b": "b", "C": "C", "C_obs": "C_{obs}", "y": "y"}

NOTATIONS: dict[str, Notation] = {
    entry.name: entry
    for entry in (
        Notation(
            "z-a-W",
            "z, a, W, C, as the program names them",
            "the names of the engine",
            {**_FIRST, "delta": "δ"},
            base=0,
            entries="brackets",
            engine_names=True,
        ),
        Notation(
            "n-a-w",
            "n, a, w, ΣC; a weight has the index of the layer that it comes from",
            "Data Science Stack Exchange 79607",
            {**_FIRST, "z": "n", "W": "w", "C": "ΣC", "C_obs": "C", "learning_rate": "η"},
            weights_at="from",
            base=0,
            observation="before",
            slopes={"sigmoid": lambda a: (a - 1) * a * -1},
        ),
        Notation(
            "affine-softmax",
            "x·W = a into the activation, y out, t the target, L",
            "Cross Validated 521388; Saito, Deep Learning from Scratch (2019), chapter 5",
            {
                "z": "a",
                "a": "z",
                "input": "x",
                "output": "y",
                "y": "t",
                "t": "iteration",
                "W": "W",
                "b": "b",
                "C": "L",
                "C_obs": "L_{obs}",
                "learning_rate": "α",
            },
            layers="unless one",
        ),
        Notation(
            "w1-w6",
            "w₁…w₆ and a₁ a₂ a₃, numbered through all layers; J, α",
            "DeepLearning.AI community forum 142248",
            {
                **_FIRST,
                "W": "w",
                "input": "x",
                "C": "J",
                "C_obs": "L",
                "learning_rate": "α",
            },
            layers="through",
            entries="through",
            unit="neuron",
            observation="raised",
            chain="cost first",
        ),
        Notation(
            "code",
            "z1, a1, weight1; delta2 is y − a2, and dC_dw2 is −∂C/∂z2",
            "Artificial Intelligence Stack Exchange 26920",
            {
                **_FIRST,
                "W": "weight",
                "b": "bias",
                "C_obs": "C_obs",
                "learning_rate": "learningRate",
            },
            layers="beside",
            base=0,
            entries="brackets",
            chain="cost first",
            own={
                "a+": "{a}_with_ones",
                "plain dC/da": "({dC_dz_above} @ {weights_above}.T)",
                "dC/da at the outputs": "delta{k}",
                "dC/da": "dC_da{k}",
                "da/dz": "derv_{activation}_{a}",
                "delta": "dC_dw{k}",
                "plain dz/da": "{weights_above}.T",
                "dz/da": "dz{n}_da{k}",
                "plain dz/dW": "{a_in}.T",
                "dz/dW": "dz{k}_d{W}",
                "dz/db": "dz{k}_d{b}",
                "plain dC/dW": "np.dot({a_in}.T, dC_dw{k})",
                "dC/dW": "gradient_{W}",
                "plain dC/db": "np.sum(dC_dw{k}{axis}, keepdims=True)",
                "dC/db": "gradient_{b}",
                "plain changeW": "learningRate*np.dot({a_in}.T, dC_dw{k})",
                "changeW": "change_{W}",
                "plain changeb": "learningRate*np.sum(dC_dw{k}{axis}, keepdims=True)",
                "changeb": "change_{b}",
                "W_new": "{W}_new",
                "b_new": "{b}_new",
            },
            negative=frozenset(
                {
                    *("plain dC/da", "dC/da at the outputs", "dC/da", "delta"),
                    *("plain dC/dW", "plain dC/db", "plain changeW", "plain changeb"),
                }
            ),
            read_too={"da/dz": "derv_{activation}({a})"},
            also={"x": "a0"},
            spelling="code",
        ),
        Notation(
            "columns",
            "W·a + b, observations as columns, δ and ∇, as in most textbooks",
            "Nielsen, Neural Networks and Deep Learning (2015), chapter 2",
            {**_FIRST, "delta": "δ", "learning_rate": "η"},
            orientation="columns",
            chain="cost first",
            own={
                "dC/da": "∇_{{{a}}} {C}",
                "da/dz": "{symbol}′({z})",
                "plain dz/da": "{weights_above_transposed}",
                "plain dz/dW": "{a_in_transposed}",
                "dC/dW": "∇_{{{W}}} {C}",
                "dC/db": "∇_{{{b}}} {C}",
            },
        ),
        Notation(
            "net-out",
            "net, out, target and E of units i1, h1, o1; w₁…w₈",
            "Mazur, A Step by Step Backpropagation Example (2015)",
            {
                "z": "net",
                "a": "out",
                "input": "i",
                "y": "target",
                "W": "w",
                "b": "b",
                "C": "E_{total}",
                "C_obs": "E",
                "learning_rate": "η",
                "hidden": "h",
                "last": "o",
            },
            layers="through",
            entries="through",
            observation="raised",
            chain="cost first",
        ),
        Notation(
            "brackets",
            "Z, A, W as units × inputs, dZ, dA, dW; layers in brackets, observations as columns",
            "Ng, Neural Networks and Deep Learning (DeepLearning.AI, 2017), week 4",
            {
                "z": "Z",
                "a": "A",
                "W": "W",
                "b": "b",
                "input": "X",
                "y": "Y",
                "C": "J",
                "C_obs": "L",
                "learning_rate": "α",
            },
            observation="raised",
            orientation="columns",
            chain="cost first",
            own={
                "dC/da": "dA^{{{layer}}}",
                "da/dz": "{symbol}′({z})",
                "delta": "dZ^{{{layer}}}",
                "plain dz/da": "{weights_above_transposed}",
                "plain dz/dW": "{a_in_transposed}",
                "dC/dW": "dW^{{{layer}}}",
                "dC/db": "db^{{{layer}}}",
            },
            layer="[{}]",
        ),
        Notation(
            "pytorch",
            "z1, fc1.weight as units × inputs, fc1.weight.grad, z1.grad, loss",
            "PyTorch, torch.nn.Linear and torch.Tensor.grad",
            {
                "z": "z",
                "a": "a",
                "W": "fc{k}.weight",
                "b": "fc{k}.bias",
                "gamma": "bn{k}.weight",
                "beta": "bn{k}.bias",
                "input": "x",
                "y": "target",
                "C": "loss",
                "C_obs": "loss_obs",
                "learning_rate": "lr",
            },
            layers="beside",
            base=0,
            entries="brackets",
            weights="units × inputs",
            own={
                "a+": "{a}_with_ones",
                "dC/da": "{a}.grad",
                "delta": "{z}.grad",
                "dC/dW": "{W}.grad",
                "dC/db": "{b}.grad",
            },
            typewritten=True,
        ),
        Notation(
            "scikit-learn",
            "activations, coefs_, intercepts_, deltas, coef_grads, each a list over the layers",
            "scikit-learn, MLPClassifier and its _backprop",
            {
                "z": "z{k}",
                "a": "activations[{k}]",
                "W": "coefs_[{j}]",
                "b": "intercepts_[{j}]",
                "input": "X",
                "y": "y",
                "C": "loss_",
                "C_obs": "loss_obs",
                "learning_rate": "learning_rate_init",
            },
            layers="beside",
            base=0,
            entries="brackets",
            own={
                "a+": "{a}_with_ones",
                "delta": "deltas[{j}]",
                "dC/dW": "coef_grads[{j}]",
                "dC/db": "intercept_grads[{j}]",
            },
            typewritten=True,
        ),
    )
}

DEFAULT = NOTATIONS["z-a-W"]


def notation(name: str | None) -> Notation:
    """The notation of that name; the engine's own where none is given.

    Raises: InputError where there is none, with the nearest.
    """
    if name is None:
        return DEFAULT
    if name not in NOTATIONS:
        known = ", ".join(NOTATIONS)
        raise InputError(f"no notation is called {name!r}{nearest(name, NOTATIONS)} ({known})")
    return NOTATIONS[name]


def laid_out(written: Notation, *, columns: bool, weights_turned: bool) -> Notation:
    """A notation with the arrays as somebody's file has them.

    >>> from chainstep.core.stepper import program_of
    >>> from chainstep.scenarios import load
    >>> weights = program_of(load("same-weights")).quantities["W1"]
    >>> laid_out(DEFAULT, columns=False, weights_turned=True).shape(weights)
    (3, 3)
    """
    if columns:
        return written._replace(orientation="columns")
    return written._replace(weights="units × inputs") if weights_turned else written
