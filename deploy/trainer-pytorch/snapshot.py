"""A dataset snapshot: what there is to learn."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from parquet import read_parquet

FORMAT = "understudy-dataset/1"


@dataclass
class Rows:
    inputs: list  # bytes of each row, as the gateway has hashed them
    labels: np.ndarray  # [rows] int64
    targets: np.ndarray  # [rows, classes] float32: the teacher's distribution
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
    labels = np.asarray(columns["label"], dtype=np.int64)
    targets = np.full((len(labels), classes), smoothing / classes, dtype=np.float32)
    targets[np.arange(len(labels)), labels] += 1 - smoothing
    for row, packed in enumerate(columns["probabilities"]):
        if packed is not None:
            targets[row] = np.frombuffer(packed, dtype="<f8")
    weights = np.asarray(columns["weight"], dtype=np.float32)
    return Rows(columns["input"], labels, targets, weights)
