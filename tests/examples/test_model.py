"""The model: trained the same each time, better than guessing, and a bad file is one clear line."""

import asyncio
import json
from pathlib import Path

import pytest
from recommendation.features import NAMES
from recommendation.model import FileModel, LinearModel, ModelError, load
from recommendation.train import FILE, as_json, log_loss, main, samples


def test_the_file_in_the_repository_is_what_training_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "model.json"
    assert main([str(made)]) == 0
    assert made.read_text() == FILE.read_text()
    assert "log loss 0.5" in capsys.readouterr().out


def test_it_knows_more_than_the_share_of_clicks_on_data_it_has_not_seen() -> None:
    fresh = samples(2000, seed=99)
    ignorant = LinearModel("none", "0", (0.0,) * len(NAMES), 0.0)
    assert log_loss(load(FILE), fresh) < 0.9 * log_loss(ignorant, fresh)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(as_json(LinearModel("m", "7", (1.0, 2.0, 3.0, 4.0, 5.0), -1.0)))
    assert load(path) == LinearModel("m", "7", (1.0, 2.0, 3.0, 4.0, 5.0), -1.0)


def test_scores_rise_with_the_rating_and_stay_between_0_and_1() -> None:
    scores = asyncio.run(load(FILE).predict([(rating / 10, 0.5, 0.5, 0.5, 0.5) for rating in range(11)]))
    assert scores == sorted(scores)
    assert 0 < scores[0] < scores[-1] < 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected a model"),
        ("[]", "expected a model"),
        ("{}", "expected a model"),
        (json.dumps({"name": "m", "version": "1", "weights": {"rating": 1}, "bias": 0}), "weights: expected those of"),
        (
            json.dumps({"name": "m", "version": "1", "weights": dict.fromkeys(NAMES, "x"), "bias": 0}),
            "expected a model",
        ),
    ],
)
def test_a_file_that_is_no_model_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=message) as refused:
        load(path)
    assert str(path) in str(refused.value)


def test_a_model_that_comes_later_is_found_then(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    model = FileModel(path)
    with pytest.raises(ModelError, match=r"recommendation\.train"):
        asyncio.run(model.ping())
    assert model.version == "none"
    path.write_text(FILE.read_text())
    asyncio.run(model.ping())
    assert model.version == "1"
