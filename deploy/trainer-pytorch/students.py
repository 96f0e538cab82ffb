"""Students: how inputs become tensors, the network, and what the bundle says of both."""

import unicodedata
from collections import Counter

import numpy as np
import torch
from torch import nn


def student_for(task, inputs, options):
    kind = task["input"]["kind"]
    if kind == "image":
        return ImageStudent(task, options)
    if kind == "text":
        return TextStudent(task, inputs, options)
    raise ValueError(f"This trainer makes students of images and texts, the task's are {kind}.")


class ImageStudent:
    """A perceptron of one hidden layer over all pixels."""

    def __init__(self, task, options):
        spec = task["input"]
        self.size = spec["width"] * spec["height"] * spec.get("channels", 1)
        classes = len(task["labels"])
        self.network = nn.Sequential(
            nn.Linear(self.size, options.width),
            nn.ReLU(),
            nn.Dropout(options.dropout),
            nn.Linear(options.width, classes),
        )
        self.manifest = {
            "model": {"architecture": f"MLP {self.size}-{options.width}-{classes}, PyTorch"}
        }
        self.files = {}
        self.input_names = ["pixels"]
        self.dynamic_axes = {"pixels": {0: "batch"}, "scores": {0: "batch"}}

    def tensors(self, inputs):
        """Canonical bytes are 8 bits a value, or float32 where that would lose something."""
        rows = [
            np.frombuffer(data, dtype=np.uint8).astype(np.float32) / 255
            if len(data) == self.size
            else np.frombuffer(data, dtype="<f4")
            for data in inputs
        ]
        return (torch.from_numpy(np.stack(rows)),)


class TextStudent:
    """A small transformer encoder over pieces of words, averaged over the text."""

    PAD, UNKNOWN, START, END = range(4)
    SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")

    def __init__(self, task, inputs, options):
        self.tokens_max = options.tokens
        texts = [data.decode("utf-8") for data in inputs]
        self.vocabulary = vocabulary_of(texts, options.vocabulary, self.SPECIAL)
        classes = len(task["labels"])
        self.network = Encoder(len(self.vocabulary), classes, options)
        self.manifest = {
            "model": {
                "architecture": f"transformer {options.layers}x{options.width}, "
                f"{len(self.vocabulary)} pieces, PyTorch"
            },
            "preprocess": {"kind": "tokenizer", "tokensMax": self.tokens_max},
        }
        self.files = {"tokenizer.json": tokenizer_json(self.vocabulary, self.SPECIAL)}
        self.input_names = ["input_ids", "attention_mask"]
        axes = {0: "batch", 1: "tokens"}
        self.dynamic_axes = {"input_ids": axes, "attention_mask": axes, "scores": {0: "batch"}}

    def tensors(self, inputs):
        rows = [self.ids(data.decode("utf-8")) for data in inputs]
        length = max(map(len, rows))
        ids = torch.zeros((len(rows), length), dtype=torch.int64)
        for row, pieces in enumerate(rows):
            ids[row, : len(pieces)] = torch.tensor(pieces)
        return ids, (ids != self.PAD).to(torch.int64)

    def ids(self, text):
        pieces = [piece for word in words_of(text) for piece in self.pieces(word)]
        return [self.START, *pieces[: self.tokens_max - 2], self.END]

    def pieces(self, word):
        """The longest pieces first, from the left, as WordPiece has it."""
        if len(word) > 100:
            return [self.UNKNOWN]
        found, start = [], 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                piece = self.vocabulary.get(prefix + word[start:end])
                if piece is not None:
                    break
            else:
                return [self.UNKNOWN]
            found.append(piece)
            start = end
        return found


class Encoder(nn.Module):
    def __init__(self, pieces, classes, options):
        super().__init__()
        width = options.width
        self.pieces = nn.Embedding(pieces, width, padding_idx=0)
        self.places = nn.Embedding(options.tokens, width)
        self.blocks = nn.ModuleList(Block(width, options) for _ in range(options.layers))
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(options.dropout)
        self.head = nn.Linear(width, classes)

    def forward(self, input_ids, attention_mask):
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.dropout(self.pieces(input_ids) + self.places(places))
        hidden = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * -1e4
        for block in self.blocks:
            x = block(x, hidden)
        seen = attention_mask[:, :, None].to(x.dtype)
        mean = (self.norm(x) * seen).sum(1) / seen.sum(1)
        return self.head(self.dropout(mean))


class Block(nn.Module):
    """Attention and two layers, each behind a layer norm, with a way around both."""

    def __init__(self, width, options):
        super().__init__()
        self.heads, self.size = options.heads, width // options.heads
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.queries, self.keys, self.values, self.out = (nn.Linear(width, width) for _ in range(4))
        self.wide = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(options.dropout)

    def forward(self, x, hidden):
        batch, tokens, width = x.shape
        y = self.norms[0](x)

        def by_head(linear):
            return linear(y).view(batch, tokens, self.heads, self.size).transpose(1, 2)

        scores = by_head(self.queries) @ by_head(self.keys).transpose(2, 3) / self.size**0.5
        mixed = torch.softmax(scores + hidden, dim=-1) @ by_head(self.values)
        x = x + self.dropout(self.out(mixed.transpose(1, 2).reshape(batch, tokens, width)))
        return x + self.dropout(self.wide(self.norms[1](x)))


def words_of(text):
    """Lower case; punctuation stands alone: BERT's words, without stripping accents."""
    spaced = "".join(
        f" {character} " if is_punctuation(character) else character for character in text.lower()
    )
    return spaced.split()


def is_punctuation(character):
    is_ascii = character.isascii() and character.isprintable()
    if is_ascii and not character.isalnum() and not character.isspace():
        return True
    return unicodedata.category(character).startswith("P")


def vocabulary_of(texts, size, special):
    """Words that are met twice, the most frequent first, and every character on its own."""
    counts = Counter(word for text in texts for word in words_of(text))
    characters = sorted({character for word in counts for character in word})
    words = [word for word, count in counts.most_common() if count > 1 and len(word) > 1]
    singles = [prefix + character for character in characters for prefix in ("", "##")]
    pieces = [*special, *singles, *words[: max(0, size - len(singles) - len(special))]]
    return {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}


def tokenizer_json(vocabulary, special):
    """The same for Hugging Face's tokenizers, which the gateway uses."""
    start, end = special[2:]
    ids = {token: vocabulary[token] for token in special}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": number,
                "content": token,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for token, number in ids.items()
        ],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": False,
            "strip_accents": False,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": start, "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": end, "type_id": 0}},
            ],
            "pair": [
                {"SpecialToken": {"id": start, "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": end, "type_id": 0}},
                {"Sequence": {"id": "B", "type_id": 1}},
                {"SpecialToken": {"id": end, "type_id": 1}},
            ],
            "special_tokens": {
                token: {"id": token, "ids": [ids[token]], "tokens": [token]}
                for token in (start, end)
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    }
