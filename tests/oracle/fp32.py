"""The run's vectors against the unquantized model, through sentence-transformers on the CPU.

A text longer than the window is cut into windows of word pieces, each between [CLS] and [SEP]; its vector is the token-weighted mean of the
L2-normalized vectors of the windows, normalized.
"""

import os

import numpy as np

import measures

# Issue 2 asks for a cosine of 0.999 between the 8-bit and the fp32 vector of every real text: an angle of 2.6 degrees.
VECTOR_COSINE = 0.999
# A pair's cosine moves by at most the two errors added, 2 · sqrt(2 · 0.001) = 0.089, if both lie along the other vector. They are nearly at right
# angles to it (384 dimensions) and mostly shared by the two texts, so that it moves by a few thousandths; README.md has what was measured.
GROUP_MEAN = 0.01
SUMMARY_MEAN = 0.002
BATCH_TOKENS = 4_096


def load(folder):
    """The model and its tokenizer; nothing is fetched."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import transformers
    from sentence_transformers import SentenceTransformer

    transformers.logging.set_verbosity_error()  # warns of every text longer than the window, which is cut here
    return SentenceTransformer(str(folder), device="cpu")


def embed(model, texts, window):
    """Unit vectors of texts, in float64."""
    ids = [model.tokenizer(text, add_special_tokens=False, truncation=False)["input_ids"] for text in texts]
    chunks = [(owner, part[start : start + window]) for owner, part in enumerate(ids) for start in range(0, max(len(part), 1), window)]
    order = sorted(range(len(chunks)), key=lambda i: -len(chunks[i][1]))
    vectors, start = [None] * len(chunks), 0
    while start < len(order):
        size = max(1, BATCH_TOKENS // (len(chunks[order[start]][1]) + 2))
        batch = order[start : start + size]
        for i, vector in zip(batch, _forward(model, [chunks[i][1] for i in batch])):
            vectors[i] = vector
        start += size
    sums = np.zeros((len(texts), len(vectors[0])))
    for (owner, part), vector in zip(chunks, vectors):
        sums[owner] += max(len(part), 1) * vector / np.linalg.norm(vector)
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def _forward(model, pieces):
    import torch

    tokenizer, longest = model.tokenizer, max(map(len, pieces)) + 2
    ids = torch.full((len(pieces), longest), tokenizer.pad_token_id)
    mask = torch.zeros((len(pieces), longest), dtype=torch.long)
    for row, part in enumerate(pieces):
        ids[row, : len(part) + 2] = torch.tensor([tokenizer.cls_token_id, *part, tokenizer.sep_token_id])
        mask[row, : len(part) + 2] = 1
    with torch.inference_mode():
        found = model({"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)})
    return found["sentence_embedding"].double().numpy()


def _chosen(oracle, limit, seed):
    """Positions of the samples of whole questions, drawn until about `limit` different texts are there."""
    by_question = {}
    for position, sample in enumerate(oracle.samples):
        by_question.setdefault((sample.key[0], sample.key[5]), []).append(position)
    questions, chosen, texts = list(by_question), [], set()
    np.random.default_rng(seed).shuffle(questions)
    for dataset, question in questions:
        if limit and len(texts) >= limit:
            break
        chosen.extend(by_question[dataset, question])
        texts.update(oracle.samples[i].text(oracle.options.embedded_text) for i in by_question[dataset, question])
    return chosen, len(questions)


def check(oracle, options):
    """Compares the first space of the run with the fp32 model on whole questions."""
    report = oracle.report
    if not oracle.spaces:
        report.line("fp32", ["the run has no vectors"], "not compared")
        return
    space, model = oracle.spaces[0], load(options.fp32)
    row_of = oracle.embedding_row[space]
    chosen, _ = _chosen(oracle, options.fp32_texts, options.seed)
    chosen = [i for i in chosen if row_of[i] >= 0]
    texts = {}
    for i in chosen:
        texts.setdefault(oracle.samples[i].text(options.embedded_text), len(texts))
    vectors = embed(model, list(texts), options.window)
    _check_windows(model, list(texts), vectors, options, report)
    theirs = oracle.vectors[[row_of[i] for i in chosen]].astype(np.float64)
    fp32_row = np.full(len(oracle.samples), -1, dtype=np.int64)
    for i in chosen:
        fp32_row[i] = texts[oracle.samples[i].text(options.embedded_text)]
    cosines = np.sum(theirs * vectors[fp32_row[chosen]], axis=1) / np.linalg.norm(theirs, axis=1)
    labels = [oracle.label[i] for i in chosen]
    said = f"{len(chosen)} samples, {len(texts)} texts: min {cosines.min():.6f}, 1 % {np.quantile(cosines, 0.01):.6f}, mean {cosines.mean():.6f}, bound {VECTOR_COSINE}"
    report.line("fp32: cosine to the run's vectors", [f"{labels[i]}: {cosines[i]:.6f}" for i in np.flatnonzero(cosines < VECTOR_COSINE)], said)
    _check_means(oracle, space, fp32_row, vectors)


def _check_windows(model, texts, vectors, options, report):
    """Our way around `encode` gives what `encode` gives where nothing has to be cut."""
    short = [i for i, text in enumerate(texts) if len(model.tokenizer(text)["input_ids"]) <= options.window + 2][:8]
    model.max_seq_length = options.window + 2
    plain = model.encode([texts[i] for i in short], normalize_embeddings=True, show_progress_bar=False) if short else np.empty((0, 1))
    apart = [float(np.max(np.abs(plain[k] - vectors[i]))) for k, i in enumerate(short)]
    report.near("fp32: as `SentenceTransformer.encode`", [f"text {i}" for i in short], apart, np.zeros(len(short)), 1e-5)


def _check_means(oracle, space, fp32_row, vectors):
    report, keys = oracle.report, list(oracle.groups)
    run_row = np.where(fp32_row >= 0, oracle.embedding_row[space], -1)
    exact, _ = oracle.pairs.group_means(measures.cosines(oracle.pairs, vectors, fp32_row))
    theirs, _ = oracle.pairs.group_means(measures.cosines(oracle.pairs, oracle.vectors, run_row))
    report.near("fp32: group means of cosine", keys, theirs, exact, GROUP_MEAN)
    ours, other = measures.question_means(keys, exact), measures.question_means(keys, theirs)
    cells = [cell for cell in ours if ours[cell]]
    means = [[np.mean(list(found[cell].values())) for cell in cells] for found in (other, ours)]
    report.near("fp32: summary means of cosine", cells, *means, SUMMARY_MEAN)
    for cell, run_mean, fp32_mean in zip(cells, *means):
        said = f"{len(ours[cell])} questions: run {run_mean:.6f}, fp32 {fp32_mean:.6f}"
        report.note(f"fp32: {' · '.join(part for part in cell if part)}: {said}")
