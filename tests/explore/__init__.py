"""Every sequence of moves of the model of a dispute (tests/model), and a covering set of them on the contracts."""
