#!/usr/bin/python3
"""Trains a student with PyTorch: a dataset snapshot goes in, a bundle comes out.

    train.py --snapshot DIR --out DIR --seed N [--parent DIR] [options]

The contract is that of `distillation.trainer` with `kind: command`: README.md beside this file.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from snapshot import read_snapshot
from students import student_for


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--snapshot", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--parent", help="the bundle that serves now; not used")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--patience", type=int, default=4, help="epochs without a gain")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--decay", type=float, default=0.01)
    parser.add_argument("--temperature", type=float, default=2.0)
    parser.add_argument("--alpha", type=float, default=0.9, help="of the teacher's distribution")
    parser.add_argument("--smoothing", type=float, default=0.05, help="of labels without one")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--vocabulary", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main():
    options = arguments()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)
    data = read_snapshot(options.snapshot, options.smoothing)
    student = student_for(data.task, data.train.inputs, options)
    train(student, data, options)
    write_bundle(Path(options.out), student, data, options)


def distillation_loss(scores, soft, hard, weights, options):
    """alpha T^2 CE(soft_T, student_T) + (1 - alpha) CE(hard, student); Hinton et al. 2015.

    Of a row whose teacher gave a label alone: CE(hard, student). The embedded trainer's loss, row
    by row (src/distillation/soft-targets.ts); a test compares them.
    """
    softer = options.temperature
    teacher = F.softmax(torch.log(soft.clamp_min(1e-12)) / softer, dim=1)
    by_teacher = F.cross_entropy(scores / softer, teacher, reduction="none")
    by_label = F.cross_entropy(scores, hard, reduction="none")
    mixed = options.alpha * softer**2 * by_teacher + (1 - options.alpha) * by_label
    losses = torch.where(soft.sum(1) > 0, mixed, by_label)
    return (losses * weights).sum() / weights.sum()


def train(student, data, options):
    network = student.network
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=options.rate, weight_decay=options.decay
    )
    draw = np.random.default_rng(options.seed)
    rows = len(data.train.inputs)
    steps = options.epochs * -(-rows // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=steps)
    best, best_loss, waited = None, float("inf"), 0
    started = time.monotonic()
    for epoch in range(options.epochs):
        network.train()
        order = draw.permutation(rows)
        for start in range(0, rows, options.batch):
            loss = loss_of(student, data.train, order[start : start + options.batch], options)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        validation = validation_loss(student, data, options)
        tell(epoch + 1, options.epochs, loss.item(), validation, started)
        if validation < best_loss:
            best_loss, waited = validation, 0
            best = {name: value.clone() for name, value in network.state_dict().items()}
        elif (waited := waited + 1) >= options.patience:
            break
    network.load_state_dict(best)


def loss_of(student, rows, chosen, options):
    scores = student.network(*student.tensors([rows.inputs[row] for row in chosen]))
    soft, hard, weights = (
        torch.from_numpy(part[chosen]) for part in (rows.soft, rows.hard, rows.weights)
    )
    return distillation_loss(scores, soft, hard, weights, options)


def validation_loss(student, data, options):
    """Of the training rows where there are none to validate by."""
    rows = data.validation if len(data.validation.inputs) > 0 else data.train
    student.network.eval()
    total, count = 0.0, len(rows.inputs)
    with torch.no_grad():
        for start in range(0, count, 256):
            chosen = np.arange(start, min(count, start + 256))
            total += loss_of(student, rows, chosen, options).item() * len(chosen)
    return total / count


def tell(epoch, epochs, loss, validation, started):
    """A line of JSON on standard output is progress."""
    elapsed = time.monotonic() - started
    progress = {
        "share": epoch / epochs,
        "message": f"Epoch {epoch} of {epochs}, loss {loss:.3f}, validation {validation:.3f}",
        "remainingMs": round(1000 * elapsed * (epochs - epoch) / epoch),
    }
    print(json.dumps(progress), flush=True)


def write_bundle(out, student, data, options):
    out.mkdir(parents=True, exist_ok=True)
    student.network.eval()
    torch.onnx.export(
        student.network,
        student.tensors(data.train.inputs[:2]),
        str(out / "model.onnx"),
        input_names=student.input_names,
        output_names=["scores"],
        dynamic_axes=student.dynamic_axes,
        opset_version=15,
    )
    for name, content in student.files.items():
        (out / name).write_text(json.dumps(content), encoding="utf-8")
    manifest = {
        "format": "understudy-bundle/1",
        "task": data.task["name"],
        "labels": data.task["labels"],
        "input": data.task["input"],
        **student.manifest,
    }
    parameters = sum(value.numel() for value in student.network.parameters())
    manifest["model"].update(outputName="scores", parameters=parameters)
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as problem:
        sys.exit(f"{type(problem).__name__}: {problem}")
