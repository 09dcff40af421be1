"""`python -m recommendation.train [FILE]` trains the model on generated clicks and writes it, the same each time."""

import json
import math
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from .features import NAMES, Vector
from .model import LinearModel

FILE = Path(__file__).with_name("model.json")
_TRUE = (2.0, 1.5, -0.8, 1.2, 2.5)
"""What generated people care for, in the features' order: a good, near place of a kind they like."""
_TRUE_BIAS = -3.5
_SAMPLES, _ROUNDS, _STEP = 1500, 400, 2.0
_DIGITS = 6
"""Digits that are kept: libraries of mathematics differ in the last of sixteen."""


def samples(count: int, seed: int = 3) -> list[tuple[Vector, float]]:
    """Return generated vectors, each with 1 for a click or 0."""
    chosen = random.Random(seed)
    truth = LinearModel("truth", "0", _TRUE, _TRUE_BIAS)
    drawn = [tuple(chosen.random() for _ in NAMES) for _ in range(count)]
    return [(values, float(chosen.random() < truth.score(values))) for values in drawn]


def train(data: Sequence[tuple[Vector, float]], rounds: int = _ROUNDS) -> LinearModel:
    """Return the model after that many rounds of gradient descent on the log loss."""
    model = LinearModel("places", "1", (0.0,) * len(NAMES), 0.0)
    for _ in range(rounds):
        errors = [(values, model.score(values) - clicked) for values, clicked in data]
        slopes = [sum(error * values[place] for values, error in errors) for place in range(len(NAMES))]
        step = _STEP / len(data)
        weights = tuple(weight - step * slope for weight, slope in zip(model.weights, slopes, strict=True))
        model = LinearModel("places", "1", weights, model.bias - step * sum(error for _, error in errors))
    return model


def log_loss(model: LinearModel, data: Sequence[tuple[Vector, float]]) -> float:
    """Return the mean of -log(probability given to what happened)."""
    given = (model.score(values) if clicked else 1 - model.score(values) for values, clicked in data)
    return -sum(map(math.log, given)) / len(data)


def as_json(model: LinearModel) -> str:
    """Return the content of a model's file."""
    rounded = [round(weight, _DIGITS) for weight in model.weights]
    held = {
        "name": model.name,
        "version": model.version,
        "weights": dict(zip(NAMES, rounded, strict=True)),
        "bias": round(model.bias, _DIGITS),
    }
    return json.dumps(held, indent=2) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Train and write."""
    path = Path(arguments[0]) if arguments else FILE
    data = samples(_SAMPLES)
    model = train(data)
    path.write_text(as_json(model), encoding="utf-8")
    print(f"{path}: log loss {log_loss(model, data):.3f} on {len(data)} generated requests")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
