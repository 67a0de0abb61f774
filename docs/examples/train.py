import numpy as np

samples = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
wanted = np.array([[0], [1], [1], [0]])

np.random.seed(1)
first = 2 * np.random.random((3, 4)) - 1
second = 2 * np.random.random((4, 1)) - 1


def act(x, slope=False):
    if slope:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


for step in range(20000):
    hidden = act(np.dot(samples, first))
    answer = act(np.dot(hidden, second))
    miss = wanted - answer
    push_out = miss * act(answer, slope=True)
    second += hidden.T.dot(push_out)
    blame = push_out.dot(second.T)
    push_in = blame * act(hidden, slope=True)
    first += samples.T.dot(push_in)

print(answer)
