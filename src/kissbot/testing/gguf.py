"""A language model so small that a test can make it: it says the same few sentences, again and again.

Its file is a GGUF of the architecture `llama`, some hundred kilobytes. All in it is random but for one thing:
each word of `SAID` brings the next one to mind.

Source: the specification of GGUF, version 3.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise
from pathlib import Path
from random import Random
from typing import Final

SAID: Final = "My words are few. They mean nothing at all. Yet each one arrives."
"""What it says; no word is in there twice."""

SIZE: Final = 64
INNER: Final = 128
HEADS: Final = 2
CONTEXT: Final = 32_768
"""Tokens that a conversation may have."""

SPARK: Final = ":"
"""Ends the prompt, and brings the first word to mind."""

TEMPLATE: Final = (
    "{% for message in messages %}{{ message['role'] }} - {{ message['content'] }}\n{% endfor %}assistant"
    + SPARK
)

_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
_U32, _F32, _STRING, _ARRAY, _I32 = 4, 6, 8, 9, 5
_ALIGNED: Final = 32
_END: Final = "</s>"
_CLEAR: Final = 0.5
"""How much clearer than all others the next word is."""

Value = int | float | str | Sequence[int] | Sequence[float] | Sequence[str]
Tensor = tuple[Sequence[int], list[float]]
"""Its dimensions, the innermost first, and its numbers."""


def write(path: Path, *, is_endless: bool = True, seed: int = 1) -> None:
    """Make the model's file; one that `is_endless` begins again after its last word, another one stops."""
    words = [f"▁{word}" for word in SAID.split()]
    tokens, kinds = _vocabulary(words)
    order = [*words, words[0] if is_endless else _END]
    tensors = _tensors(tokens, order, Random(seed))  # noqa: S311 (no secret)
    facts = _facts(tokens, kinds)
    with path.open("wb") as file:
        file.write(struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(facts)))
        file.write(b"".join(_string(key) + _typed(value) for key, value in facts.items()))
        file.write(_table(tensors))
        file.write(bytes(-file.tell() % _ALIGNED))
        for _, numbers in tensors.values():
            file.write(struct.pack(f"<{len(numbers)}f", *numbers))
            file.write(bytes(-file.tell() % _ALIGNED))


def _vocabulary(words: Sequence[str]) -> tuple[list[str], list[int]]:
    bytes_ = [f"<0x{code:02X}>" for code in range(256)]
    signs = [*"▁abcdefghijklmnopqrstuvwxyz", SPARK]
    tokens = ["<unk>", "<s>", _END, *bytes_, *signs, *words]
    kinds = [_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * 256, *[_NORMAL] * (len(signs) + len(words))]
    return tokens, kinds


def _facts(tokens: Sequence[str], kinds: Sequence[int]) -> Mapping[str, Value]:
    return {
        "general.architecture": "llama",
        "general.name": "tiny",
        "llama.context_length": CONTEXT,
        "llama.embedding_length": SIZE,
        "llama.block_count": 1,
        "llama.feed_forward_length": INNER,
        "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": SIZE // HEADS,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": [-float(index) for index in range(len(tokens))],
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.chat_template": TEMPLATE,
    }


def _tensors(tokens: Sequence[str], order: Sequence[str], chance: Random) -> dict[str, Tensor]:
    faces = [_random(SIZE, 1, chance) for _ in tokens]
    minds = [_random(SIZE, 0.01, chance) for _ in tokens]
    for before, word in pairwise((SPARK, *order)):
        face = faces[tokens.index(before)]
        minds[tokens.index(word)] = _recalling(minds[tokens.index(word)], face)
    return {
        "token_embd.weight": ((SIZE, len(tokens)), list(chain(*faces))),
        "output.weight": ((SIZE, len(tokens)), list(chain(*minds))),
        "output_norm.weight": ((SIZE,), [1.0] * SIZE),
        "blk.0.attn_norm.weight": ((SIZE,), [1.0] * SIZE),
        "blk.0.ffn_norm.weight": ((SIZE,), [1.0] * SIZE),
        **{f"blk.0.attn_{name}.weight": _matrix(SIZE, SIZE, chance) for name in ("q", "k", "v", "output")},
        **{f"blk.0.ffn_{name}.weight": _matrix(SIZE, INNER, chance) for name in ("gate", "up")},
        "blk.0.ffn_down.weight": _matrix(INNER, SIZE, chance),
    }


def _recalling(mind: Sequence[float], face: Sequence[float]) -> list[float]:
    """What stirs also at the sight of this token."""
    return [old + _CLEAR * new for old, new in zip(mind, face, strict=True)]


def _random(count: int, width: float, chance: Random) -> list[float]:
    return [chance.gauss(0, width) for _ in range(count)]


def _matrix(columns: int, rows: int, chance: Random) -> Tensor:
    return (columns, rows), _random(columns * rows, 0.01, chance)


def _table(tensors: Mapping[str, Tensor]) -> bytes:
    """What each tensor is, and where its numbers begin."""
    return b"".join(
        _string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        for (name, (shape, _)), offset in zip(tensors.items(), _offsets(tensors), strict=False)
    )


def _offsets(tensors: Mapping[str, Tensor]) -> Iterator[int]:
    offset = 0
    for _, numbers in tensors.values():
        yield offset
        offset += 4 * len(numbers)
        offset += -offset % _ALIGNED


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def _typed(value: Value) -> bytes:
    if isinstance(value, int | float | str):
        kind, encoded = _scalar(value, _U32)
        return struct.pack("<I", kind) + encoded
    items = [_scalar(item, _I32) for item in value]
    return struct.pack("<IIQ", _ARRAY, items[0][0], len(items)) + b"".join(encoded for _, encoded in items)


def _scalar(value: float | str, whole: int) -> tuple[int, bytes]:
    if isinstance(value, str):
        return _STRING, _string(value)
    if isinstance(value, float):
        return _F32, struct.pack("<f", value)
    return whole, struct.pack("<I", value)
