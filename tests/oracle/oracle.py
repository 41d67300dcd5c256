#!/usr/bin/env python3
"""Compares the tables of a run with an independent computation from its input; see README.md."""

import argparse
import sys
from pathlib import Path

import samples
from checks import Oracle
from report import Report
from tables import open_run

DEFAULT_METRICS = "cosine,levenshtein_similarity,indel_similarity,verbatim,thinking_tokens,solution_tokens"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", type=Path, metavar="RUN_DIR", help="the folder with `tables/`")
    parser.add_argument("inputs", nargs="*", type=Path, metavar="INPUT.jsonl", help="canonical input of the run, in its order")
    parser.add_argument("--fp32", type=Path, metavar="FOLDER", help="sentence-transformers folder of the fp32 model; also counts tokens")
    parser.add_argument("--fp32-texts", type=int, default=200, help="embed questions drawn at random up to about so many texts; 0 for all (default %(default)s)")
    parser.add_argument("--tokenizer", type=Path, metavar="FILE", help="tokenizer.json to count tokens with")
    parser.add_argument("--embedded-text", default="solution", help="the embedder's `text` in the plan (default %(default)s)")
    parser.add_argument("--text", default="text", help="the string space of the columns of `pairs` (default %(default)s)")
    parser.add_argument("--window", type=int, default=254, help="word pieces in a chunk (default %(default)s)")
    parser.add_argument("--metrics", default=DEFAULT_METRICS, type=lambda text: text.split(","), help="metrics that must be there (default: the plan's default)")
    parser.add_argument("--level", type=float, default=0.95, help="of the run's intervals (default %(default)s)")
    parser.add_argument("--resamples", type=int, default=10_000, help="of the run (default %(default)s)")
    parser.add_argument("--replicates", type=int, default=20_000, help="of our own bootstrap and sign flips (default %(default)s)")
    parser.add_argument("--seed", type=int, default=20_251_122, help="of our own random numbers (default %(default)s)")
    parser.add_argument("--self-test", action="store_true", help="check the oracle itself")
    options = parser.parse_args()
    if not options.self_test and not options.inputs:
        parser.error("RUN_DIR and INPUT.jsonl are needed")
    return options


def token_counter(options):
    """Text → word pieces without special tokens, or None where no tokenizer is at hand."""
    path = options.tokenizer or (options.fp32 and options.fp32 / "tokenizer.json")
    if not path:
        return None
    from tokenizers import Tokenizer

    tokenizer, known = Tokenizer.from_file(str(path)), {}
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(text):
        if text not in known:
            known[text] = len(tokenizer.encode(text, add_special_tokens=False).ids)
        return known[text]

    return count


def compare(options, report):
    """Runs every check; gives the oracle back for the fp32 arm."""
    tables, faults = open_run(options.run)
    report.line("tables: names, keys, columns, zstd", faults, f"{len(tables)} tables")
    if faults:
        return None
    oracle = Oracle(*samples.read(options.inputs), tables, report, options)
    oracle.run()
    return oracle


def main():
    options = arguments()
    if options.self_test:
        import selftest

        return selftest.run()
    options.token_count = token_counter(options)
    report = Report()
    oracle = compare(options, report)
    if oracle is not None and options.fp32:
        import fp32

        fp32.check(oracle, options)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
