"""A scenario to start one's own from."""

START = """\
# A scenario: a network, its data, and how it learns. Check it and run it with
#   chainstep replay ./THIS-FILE.yaml
# `chainstep schema` prints the rules of this format for editors.

title: My network
question: What happens in my network?
story: |
  Two inputs, two hidden units, one output; four observations of exclusive or.

# A row is an observation. Large data can lie in a file beside this one:
#   inputs: {csv: points.csv, columns: [x, y]}    or    {npz: points.npz, key: inputs}
# Targets may be classes: {classes: [0, 1, 1, 0]}.
data:
  inputs: [[0, 0], [0, 1], [1, 0], [1, 1]]
  targets: [[0], [1], [1], [0]]

network:
  bias: separate  # or row (row 0 of each matrix), shared (one for a layer), none
  layers:
    - {units: 2, activation: tanh}
    - {units: 1, activation: sigmoid}
  # One matrix per layer, units before × units; with `weights_are: units × inputs` a row per unit.
  # Or: zeros, {fill: 1}, {random: uniform, low: -1, high: 1, seed: 1},
  # {random: xavier-normal, seed: 1}, {npz: weights.npz, keys: [W1, W2]}
  weights:
    - [[0.5, -0.4], [0.3, 0.8]]
    - [[0.7], [-0.6]]
  biases: zeros  # or a list per layer: [[0.1, 0.2], [0.3]]

loss: squared-error
reduction: sum  # over the observations; or mean
update: {rule: gradient-descent, learning_rate: 0.5}

# Numbers that you have already, to be compared with the right ones. In quotes, digit for digit:
# claims:
#   - {at: {iteration: 1}, quantity: a2, printed: [["0.5"], ["0.4"], ["0.6"], ["0.5"]]}
"""


def starting_scenario() -> str:
    """A scenario with comments that runs as it is."""
    return START
