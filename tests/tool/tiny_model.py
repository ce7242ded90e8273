# SPDX-License-Identifier: MIT
"""A GGUF file of a language model with 2 layers and random weights, which knows some words and all letters: written here, so that the
tests of `metagame text` and of the engine need no download. As a program: its file goes to the path that is given. It answers nonsense, always the same."""
import pathlib
import random
import struct
import sys

WORDS = ("good bad not was the food trip a my is review sentiment positive negative very").split()
TEMPLATE = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}" \
           "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
SPACE = "\u2581"


def vocabulary():
    """(text, score, type): words come together letter by letter, so all their beginnings are tokens."""
    tokens = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3), ("<|im_start|>", 0.0, 4), ("<|im_end|>", 0.0, 4)]
    tokens += [(f"<0x{byte:02X}>", 0.0, 6) for byte in range(256)]
    pieces = []
    for word in WORDS:
        pieces += [(SPACE + word)[:length] for length in range(2, len(word) + 2)]
    letters = [SPACE] + [chr(c) for c in range(33, 127)]
    seen = []
    for piece in sorted(set(pieces), key=len) + letters:
        if piece not in seen:
            seen.append(piece)
    return tokens + [(piece, -float(k), 1) for k, piece in enumerate(seen)]


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key, kind, value):
    """One key and its value; kinds: u32, f32, bool, str, and arrays of str, f32, i32."""
    simple = {"u32": (4, "<I"), "f32": (6, "<f"), "bool": (7, "<?")}
    arrays = {"[f32": (6, "<f"), "[i32": (5, "<i")}
    if kind == "str":
        return text(key) + struct.pack("<I", 8) + text(value)
    if kind == "[str":
        return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    if kind in arrays:
        number, code = arrays[kind]
        return text(key) + struct.pack("<IIQ", 9, number, len(value)) + b"".join(struct.pack(code, v) for v in value)
    number, code = simple[kind]
    return text(key) + struct.pack("<I", number) + struct.pack(code, value)


def write(path, architecture="llama", context=128, template=True, words=True):
    width, heads, kv, inner, layers = 64, 4, 2, 96, 2
    tokens = vocabulary()
    rng = random.Random(7)
    a = architecture
    entries = [("general.architecture", "str", a), ("general.name", "str", "tiny"), ("general.file_type", "u32", 0), (f"{a}.context_length", "u32", context),
               (f"{a}.embedding_length", "u32", width), (f"{a}.block_count", "u32", layers), (f"{a}.feed_forward_length", "u32", inner),
               (f"{a}.attention.head_count", "u32", heads), (f"{a}.attention.head_count_kv", "u32", kv),
               (f"{a}.attention.layer_norm_rms_epsilon", "f32", 1e-5), (f"{a}.rope.dimension_count", "u32", width // heads),
               (f"{a}.vocab_size", "u32", len(tokens))]
    if words:
        entries += [("tokenizer.ggml.model", "str", "llama"), ("tokenizer.ggml.tokens", "[str", [t for t, _, _ in tokens]),
                    ("tokenizer.ggml.scores", "[f32", [s for _, s, _ in tokens]), ("tokenizer.ggml.token_type", "[i32", [k for _, _, k in tokens]),
                    ("tokenizer.ggml.bos_token_id", "u32", 1), ("tokenizer.ggml.eos_token_id", "u32", 2), ("tokenizer.ggml.unknown_token_id", "u32", 0),
                    ("tokenizer.ggml.add_bos_token", "bool", True), ("tokenizer.ggml.add_space_prefix", "bool", False)]
    else:
        entries += [("tokenizer.ggml.model", "str", "no_vocab")]
    if template:
        entries.append(("tokenizer.chat_template", "str", TEMPLATE))
    shapes = [("token_embd.weight", (width, len(tokens))), ("output_norm.weight", (width,)), ("output.weight", (width, len(tokens)))]
    for k in range(layers):
        half = width * kv // heads
        shapes += [(f"blk.{k}.attn_norm.weight", (width,)), (f"blk.{k}.attn_q.weight", (width, width)), (f"blk.{k}.attn_k.weight", (width, half)),
                   (f"blk.{k}.attn_v.weight", (width, half)), (f"blk.{k}.attn_output.weight", (width, width)), (f"blk.{k}.ffn_norm.weight", (width,)),
                   (f"blk.{k}.ffn_gate.weight", (width, inner)), (f"blk.{k}.ffn_up.weight", (width, inner)), (f"blk.{k}.ffn_down.weight", (inner, width))]
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(entries)) + b"".join(entry(*e) for e in entries)
    data = b""
    for name, shape in shapes:
        count = 1
        for side in shape:
            count *= side
        head += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", side) for side in shape) + struct.pack("<IQ", 0, len(data))
        norm = name.endswith("norm.weight")
        values = [1.0 + rng.gauss(0, 0.1) if norm else rng.gauss(0, 0.3) for _ in range(count)]
        data += struct.pack(f"<{count}f", *values)
        data += b"\0" * (-len(data) % 32)
    path.write_bytes(head + b"\0" * (-len(head) % 32) + data)


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
