"""A dataset snapshot: what there is to learn."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from parquet import read_parquet

FORMAT = "understudy-dataset/1"
CERTAIN = 1 - 1e-9  # A distribution with nothing beside its top is a label in other words.


@dataclass
class Rows:
    inputs: list  # bytes of each row, as the gateway has hashed them
    soft: np.ndarray  # [rows, classes] float32: the teacher's distribution; zeros: a label alone
    hard: np.ndarray  # [rows, classes] float32: the label, smoothed where it is alone
    weights: np.ndarray  # [rows] float32


@dataclass
class Snapshot:
    task: dict
    train: Rows
    validation: Rows


def read_snapshot(directory, smoothing):
    """Raises ValueError for another format, and for a file that is not what the manifest says."""
    directory = Path(directory)
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT:
        raise ValueError(f"{directory} has format {manifest['format']}, expected {FORMAT}.")
    classes = len(manifest["task"]["labels"])
    parts = {}
    for name, about in manifest["files"].items():
        path = directory / about["file"]
        got = hashlib.sha256(path.read_bytes()).hexdigest()
        if got != about["sha256"]:
            raise ValueError(f"{path} has SHA-256 {got}, its manifest says {about['sha256']}.")
        parts[name] = rows_of(read_parquet(path), classes, smoothing)
    return Snapshot(manifest["task"], parts["train"], parts["validation"])


def rows_of(columns, classes, smoothing):
    """A teacher that is certain says as little of the other classes as one that gives a label."""
    hard = np.eye(classes, dtype=np.float32)[np.asarray(columns["label"], dtype=np.int64)]
    soft = np.zeros_like(hard)
    for row, packed in enumerate(columns["probabilities"]):
        given = None if packed is None else np.frombuffer(packed, dtype="<f8")
        if given is not None and given.max() < CERTAIN:
            soft[row] = given
        else:
            hard[row] = (1 - smoothing) * hard[row] + smoothing / classes
    weights = np.asarray(columns["weight"], dtype=np.float32)
    return Rows(columns["input"], soft, hard, weights)
