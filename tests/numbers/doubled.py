"""A program with a factor of 2 in one gradient."""

import numpy as np

X = np.array([[0.1, 0.9], [0.4, 0.3], [0.8, 0.5], [0.2, 0.6]])
Y = np.array([[1.0], [0.0], [1.0], [0.0]])
rng = np.random.default_rng(3)
W1 = rng.normal(size=(2, 3))
W2 = rng.normal(size=(3, 1))
for _ in range(100):
    hidden = np.tanh(X @ W1)
    out = hidden @ W2
    error = out - Y
    cost = (error**2).sum() / 2
    grad2 = hidden.T @ error
    grad1 = 2 * X.T @ (error @ W2.T * (1 - hidden**2))
    W1 -= 0.1 * grad1
    W2 -= 0.1 * grad2
