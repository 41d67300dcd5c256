"""all-MiniLM-L6-v2 for llama.cpp: the fp32 weights and the vocabulary of a sentence-transformers folder as one GGUF file.

In comes the folder, out goes the file. Nothing is quantized: every number is the one of `model.safetensors`.
"""

import json

import gguf
import numpy as np
from safetensors.numpy import load_file

# llama.cpp's word pieces: a word begins with this sign, and `##` of a continuation is dropped.
WORD_START = "\u2581"


def piece(token):
    if token.startswith("[") and token.endswith("]"):
        return token, gguf.TokenType.UNKNOWN if token == "[UNK]" else gguf.TokenType.CONTROL
    return (token[2:] if token.startswith("##") else WORD_START + token), gguf.TokenType.NORMAL


def write(folder, path):
    """Writes `path` from a folder as sentence-transformers saves it."""
    config = json.loads((folder / "config.json").read_text())
    out = gguf.GGUFWriter(str(path), "bert")
    out.add_name("all-MiniLM-L6-v2")
    out.add_file_type(gguf.LlamaFileType.ALL_F32)
    out.add_context_length(config["max_position_embeddings"])
    out.add_embedding_length(config["hidden_size"])
    out.add_feed_forward_length(config["intermediate_size"])
    out.add_block_count(config["num_hidden_layers"])
    out.add_head_count(config["num_attention_heads"])
    out.add_layer_norm_eps(config["layer_norm_eps"])
    out.add_causal_attention(False)
    out.add_pooling_type(gguf.PoolingType.MEAN)
    _tokenizer(out, json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"], config)
    _tensors(out, load_file(folder / "model.safetensors"), config["num_hidden_layers"])
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def _tokenizer(out, vocabulary, config):
    tokens = sorted(vocabulary, key=vocabulary.get)
    pieces = [piece(token) for token in tokens]
    out.add_tokenizer_model("bert")
    out.add_tokenizer_pre("default")
    out.add_token_list([text for text, _ in pieces])
    out.add_token_types([kind for _, kind in pieces])
    out.add_token_type_count(config["type_vocab_size"])
    out.add_bos_token_id(vocabulary["[CLS]"])
    out.add_eos_token_id(vocabulary["[SEP]"])
    out.add_unk_token_id(vocabulary["[UNK]"])
    out.add_sep_token_id(vocabulary["[SEP]"])
    out.add_pad_token_id(vocabulary["[PAD]"])
    out.add_mask_token_id(vocabulary["[MASK]"])


def _tensors(out, tensors, n_blocks):
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, n_blocks)
    for name, tensor in tensors.items():
        name = name.removeprefix("bert.")
        # The pooler is no part of mean pooling, and positions are a row of numbers.
        if name.startswith("pooler.") or name.endswith("position_ids"):
            continue
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if target is None:
            raise SystemExit(f"expected a tensor of BERT, got `{name}`")
        out.add_tensor(target, tensor.astype(np.float32))
