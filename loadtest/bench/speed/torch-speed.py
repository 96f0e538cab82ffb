#!/usr/bin/python3
"""Trains a network with PyTorch, so many steps at a time as each line on standard input says.

    torch-speed.py SPEC.json
    torch-speed.py --check

It answers each line with one of JSON: the milliseconds that the steps took and the loss of the last
one. The work is that of the embedded trainer: same weights at the start, same batches, same loss,
same AdamW. `torch-side.ts` writes the specification and the numbers. `--check` ends with 3 where PyTorch
multiplies matrices by the reference BLAS.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F


def main(path):
    spec = json.loads(Path(path).read_text(encoding="utf-8"))
    torch.set_num_threads(1)
    weights = weights_of(spec)
    batches = batches_of(spec)
    forward = networks[spec["kind"]]
    optimizer = torch.optim.AdamW(
        [
            {
                "params": [value for value in weights.values() if value.dim() > 1],
                "weight_decay": spec["weightDecay"],
            },
            {
                "params": [value for value in weights.values() if value.dim() == 1],
                "weight_decay": 0.0,
            },
        ],
        lr=spec["learningRate"],
        foreach=spec["foreach"],
    )
    step = 0
    for line in sys.stdin:
        started = time.perf_counter()
        for _ in range(int(line)):
            *inputs, soft, hard = batches[step % len(batches)]
            loss = distillation_loss(forward(spec, weights, *inputs), soft, hard, spec)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
        ms = 1000 * (time.perf_counter() - started)
        print(json.dumps({"ms": ms, "loss": loss.item()}), flush=True)


def check():
    """Debian's PyTorch takes whichever BLAS is installed; other builds bring a quick one along."""
    if "BLAS_INFO=generic" in torch.__config__.show():
        loaded = Path("/proc/self/maps").read_text(encoding="utf-8")
        if not any(name in loaded for name in ("openblas", "blis", "atlas", "mkl_rt")):
            sys.exit(3)


def mlp(spec, weights, x):
    for layer in range(spec["layers"]):
        x = dense(weights, f"layer_{layer}", F.relu(x) if layer > 0 else x)
    return x


def transformer(spec, weights, ids, mask):
    """As `buildTransformer` has it: norms in front, exact GELU, the mean over the tokens."""
    heads, present = spec["heads"], mask.to(torch.float32)
    rows, tokens = ids.shape
    x = F.embedding(ids, weights["pieces"]) + weights["positions"][:tokens]
    low = (present[:, None, None, :] - 1) * 1e4
    for layer in range(spec["layers"]):
        at = f"layer_{layer}"
        seen = norm(weights, f"{at}/attention_norm", x)

        def by_head(name):
            projected = dense(weights, f"{at}/{name}", seen)
            return projected.view(rows, tokens, heads, -1).transpose(1, 2)

        query, key, value = by_head("query"), by_head("key"), by_head("value")
        scores = query @ key.transpose(2, 3) / query.shape[-1] ** 0.5 + low
        mixed = (torch.softmax(scores, dim=-1) @ value).transpose(1, 2).reshape(x.shape)
        x = x + dense(weights, f"{at}/out", mixed)
        wide = F.gelu(dense(weights, f"{at}/up", norm(weights, f"{at}/mlp_norm", x)))
        x = x + dense(weights, f"{at}/down", wide)
    column = present[:, :, None]
    mean = (norm(weights, "norm", x) * column).sum(1) / column.sum(1)
    return dense(weights, "head", mean)


networks = {"mlp": mlp, "transformer": transformer}


def dense(weights, name, x):
    return F.linear(x, weights[f"{name}/weight"], weights[f"{name}/bias"])


def norm(weights, name, x):
    return F.layer_norm(x, x.shape[-1:], weights[f"{name}/scale"], weights[f"{name}/bias"])


def weights_of(spec):
    """Matrices of `dense` come as [in, out]; PyTorch has them as [out, in]."""
    theta, start, weights = read(spec["theta"], "float32"), 0, {}
    for weight in spec["weights"]:
        size = int(np.prod(weight["shape"]))
        value = torch.from_numpy(theta[start : start + size]).reshape(weight["shape"])
        start += size
        is_dense = weight["name"].endswith("/weight")
        value = value.T.contiguous() if is_dense else value.clone()
        weights[weight["name"]] = value.requires_grad_()
    return weights


def batches_of(spec):
    """Each a tuple of what goes in, [rows, columns], and the two targets."""
    parts = [
        torch.from_numpy(read(part["file"], part["type"])).reshape(
            -1, spec["batchRows"], part["columns"]
        )
        for part in spec["parts"]
    ]
    return list(zip(*parts))


def distillation_loss(logits, soft, hard, spec):
    """alpha T^2 CE(soft, softmax(v / T)) + (1 - alpha) CE(hard, softmax(v)), the mean over rows."""
    t, alpha = spec["temperature"], spec["alpha"]
    soft_term = -(soft * F.log_softmax(logits / t, dim=1)).sum(1)
    hard_term = -(hard * F.log_softmax(logits, dim=1)).sum(1)
    return (alpha * t * t * soft_term + (1 - alpha) * hard_term).mean()


def read(path, kind):
    return np.fromfile(path, dtype=kind)


if __name__ == "__main__":
    check() if sys.argv[1] == "--check" else main(sys.argv[1])
