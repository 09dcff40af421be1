"""The ranking model: logistic regression, read from a JSON file that `python -m recommendation.train` writes."""

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .features import NAMES, Vector


class ModelError(Exception):
    """The model is missing, or its file is not one: the file, what was expected, what was found."""


class Model(Protocol):
    """The interface that the pipeline needs of a model."""

    @property
    def version(self) -> str:
        """Which model answers."""

    async def predict(self, features: Sequence[Vector]) -> list[float]:
        """Return a score between 0 and 1 for each vector."""


@dataclass(frozen=True)
class LinearModel:
    """Weights of the features in `NAMES`' order, and a bias."""

    name: str
    version: str
    weights: tuple[float, ...]
    bias: float

    async def predict(self, features: Sequence[Vector]) -> list[float]:
        """Return the probability of a click on each place; yield to other tasks every thousand vectors."""
        scores = []
        for number, values in enumerate(features, start=1):
            scores.append(self.score(values))
            if number % 1000 == 0:
                await asyncio.sleep(0)
        return scores

    def score(self, values: Vector) -> float:
        """Return the logistic function of the weighted sum."""
        return 1 / (1 + math.exp(-self.bias - sum(map(float.__mul__, self.weights, values))))


def load(path: Path) -> LinearModel:
    """Read a model.

    Raises:
        ModelError: there is no such file, or it is no model of these features.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        named: Mapping[str, float] = read["weights"]
        if tuple(named) != NAMES:
            raise ModelError(f"{path}: weights: expected those of {', '.join(NAMES)}, found {', '.join(named)}")
        weights = tuple(float(weight) for weight in named.values())
        return LinearModel(str(read["name"]), str(read["version"]), weights, float(read["bias"]))
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}: write it by `python -m recommendation.train`") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: expected a model, found {type(error).__name__}: {error}") from error


class FileModel:
    """A model whose file may not exist yet: it is read at the first prediction, and again until it exists."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loaded: LinearModel | None = None

    @property
    def version(self) -> str:
        """The version, or `none` while there is no model."""
        return self._loaded.version if self._loaded else "none"

    async def predict(self, features: Sequence[Vector]) -> list[float]:
        """Return the scores.

        Raises:
            ModelError: the file is missing or wrong.
        """
        if self._loaded is None:
            self._loaded = load(self._path)
        return await self._loaded.predict(features)

    async def ping(self) -> None:
        """Score one vector.

        Raises:
            ModelError: the file is missing or wrong.
        """
        await self.predict([(0.5,) * len(NAMES)])
