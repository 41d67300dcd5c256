"""Every table of a run against what the canonical input gives."""

import json
from collections import defaultdict

import numpy as np

import inference
import measures
from samples import COUNTED, KEYS, KNOWN, PASSED_ON, group, normalize_white
from tables import COLUMNS, PAIR_METRICS, SAMPLE_METRICS

MEAN = 1e-9  # two orders of summation of the same float64 numbers differ far less; one number in f32 differs far more
SIMILARITY = 1e-12  # one division of small integers in float64
COSINE = 5e-7  # blocks of 64 products in float32, summed in float64
FLOAT = 1e-15  # relative: a decimal number may be read one unit off in the last place


class Oracle:
    """The input, the run's tables, and the numbers that follow from them; one method per table."""

    def __init__(self, samples, unusable, tables, report, options):
        self.all, self.unusable, self.tables, self.report, self.options = samples, unusable, tables, report, options
        self.token_count = options.token_count
        self._strings, self._values = {}, {}

    def run(self):
        self.check_samples()
        self.check_embeddings()
        self.check_pairs()
        self.check_groups()
        self.check_summary()
        self.check_contrasts()
        self.check_rounds()

    # ---- samples -------------------------------------------------------------------------------------------------

    def check_samples(self):
        table, report = self.tables["samples"], self.report
        rejected = {(self._file(file), row) for file, row in self.tables["rejects"].rows("source_file", "source_row")}
        usable = {(sample.file, sample.row) for sample in self.all}
        faults = [f"row {row} of `{file}` can be used but was rejected" for file, row in sorted(rejected & usable)]
        faults += [f"row {row} of `{file}` cannot be used but was not rejected" for file, row in self.unusable if (file, row) not in rejected]
        report.line("rejects", faults, f"{len(rejected)} rejected, expected {len(self.unusable)}")

        self.samples = [sample for sample in self.all if (sample.file, sample.row) not in rejected]
        where = {(self._file(file), row): i for i, (file, row) in enumerate(table.rows("source_file", "source_row"))}
        found = [where.get((sample.file, sample.row)) for sample in self.samples]
        faults = [f"no sample from row {s.row} of `{s.file}`" for s, i in zip(self.samples, found) if i is None]
        faults += [] if len(table) == len(where) == len(self.samples) else [f"{len(table)} rows from {len(where)} places, {len(self.samples)} expected"]
        report.line("samples: rows", faults, f"{len(table)} rows, expected {len(self.samples)}")
        self.samples = [sample for sample, i in zip(self.samples, found) if i is not None]
        self.place = [i for i in found if i is not None]
        self.label = [f"row {sample.row}" for sample in self.samples]
        self.id = self._theirs("sample_id")
        self.index = {name: position for position, name in enumerate(self.id)}
        faults = [] if len(self.index) == len(self.id) and None not in self.index else ["a sample_id is null or there twice"]
        faults += [f"{s.row}: expected {s.fields['sample_id']!r}" for s, i in zip(self.samples, self.id) if s.fields.get("sample_id", i) not in (i, None)]
        report.line("samples: sample_id", faults, f"{len(self.index)} different")
        self.groups = group(self.samples)
        self.pairs = measures.Pairs(self.groups)
        self._check_sample_columns()

    def _file(self, path):
        """The input that a run calls `path`: the one that its ending names."""
        if path is None:
            return None
        ends = [str(mine) for mine in self.options.inputs if str(mine).endswith(path.lstrip("./")) or path.endswith(mine.name)]
        return ends[0] if len(ends) == 1 else path

    def _theirs(self, name):
        column = self.tables["samples"].column(name)
        return [column[i] for i in self.place]

    def _check_sample_columns(self):
        report = self.report
        report.equal("samples: keys, round", self.label, list(zip(*map(self._theirs, KEYS), self._theirs("round"))), [(*s.key, s.round) for s in self.samples])
        for name in ("thinking", "solution"):
            report.equal(f"samples: {name}", self.label, self._theirs(name), [getattr(s, name) for s in self.samples])
            chars = [None if getattr(s, name) is None else len(getattr(s, name)) for s in self.samples]
            report.equal(f"samples: {name}_chars", self.label, self._theirs(f"{name}_chars"), chars)
        rules = {name: self._theirs(f"{name}_rule") for name in ("answer", "code")}
        for name in ("response", *PASSED_ON):
            ours, theirs = [s.fields.get(name) for s in self.samples], self._theirs(name)
            if name in rules:
                # What the input does not give is found by a rule: its text is the run's, and has to be said so.
                found = [o is None and rule not in (None, "fields") for o, rule in zip(ours, rules[name])]
                ours = [t if by_rule else o for by_rule, o, t in zip(found, ours, theirs)]
            alike = [t if isinstance(o, float) and t is not None and abs(t - o) <= FLOAT * abs(o) else o for o, t in zip(ours, theirs)]
            report.equal(f"samples: {name}", self.label, theirs, alike)
        classes = self._theirs("answer_class")
        there = [(answer is None) == (answer_class is None) for answer, answer_class in zip(self._theirs("answer"), classes)]
        report.equal("samples: answer_class where there is an answer", self.label, there, [True] * len(there))
        by_answer = {}
        for sample, answer, answer_class in zip(self.samples, self._theirs("answer"), classes):
            sample.answer_class = answer_class
            by_answer.setdefault(answer, set()).add(answer_class)
        faults = [f"answer {answer!r} has the classes {found}" for answer, found in by_answer.items() if len(found) > 1]
        report.line("samples: an answer has one class", faults, f"{len(by_answer)} different answers")
        for name in rules:
            given = [(s.fields.get(name) is not None) for s in self.samples]
            report.equal(f"samples: {name}_rule is `fields` where the input has it", self.label, [rule == "fields" for rule in rules[name]], given)
        unknown = [{k: v for k, v in s.fields.items() if k not in KNOWN} or None for s in self.samples]
        extra = [_parsed(text) for text in self._theirs("extra")]
        report.equal("samples: extra", self.label, extra, unknown)
        self._check_tokens()
        self._check_verbatim_of()

    def _check_tokens(self):
        for name in COUNTED:
            theirs, sources = self._theirs(name), self._theirs(f"{name}_source")
            text = {"thinking_tokens": "thinking", "solution_tokens": "solution"}.get(name)
            ours, from_run = [], 0
            for i, sample in enumerate(self.samples):
                reported, body = sample.fields.get(name), text and getattr(sample, text)
                if reported is not None:
                    ours.append((reported, "reported"))
                elif body is None:
                    ours.append((None, None))
                elif self.token_count is None:
                    from_run += 1
                    ours.append((theirs[i], "counted"))
                else:
                    ours.append((self.token_count(body), "counted"))
            self.report.equal(f"samples: {name}, source", self.label, list(zip(theirs, sources)), ours)
            if from_run:
                self.report.note(f"{from_run} counted {name} are the run's own: no tokenizer to count with (--tokenizer, --fp32)")

    def _check_verbatim_of(self):
        earlier_texts, faults, first = {}, [], 0
        for members in self.groups.values():
            for position in members:
                text, theirs = self.samples[position].solution, self._theirs_verbatim[position]
                earlier = earlier_texts.setdefault((self.samples[position].key, text), []) if text is not None else []
                if (theirs is None) != (not earlier) or (theirs is not None and theirs not in earlier):
                    faults.append(f"{self.label[position]}: expected one of {earlier[:3]}, got {theirs!r}")
                first += bool(earlier) and theirs == earlier[0]
                earlier.append(self.id[position])
        repeats = sum(value is not None for value in self._theirs_verbatim)
        self.report.line("samples: verbatim_of", faults, f"{len(self.samples)} compared, {repeats} repeats, {first} of them point at the first")

    @property
    def _theirs_verbatim(self):
        if "verbatim_of" not in self._values:
            self._values["verbatim_of"] = self._theirs("verbatim_of")
        return self._values["verbatim_of"]

    # ---- embeddings ----------------------------------------------------------------------------------------------

    def check_embeddings(self):
        table, report = self.tables["embeddings"], self.report
        matrix, rows = table.vectors("vector"), table.rows("sample_id", "space")
        self.spaces, self.vectors, self.embedding_row = sorted({space for _, space in rows if space is not None}), matrix, {}
        for space in self.spaces:
            row_of = np.full(len(self.samples), -1, dtype=np.int64)
            for row, (name, at) in enumerate(rows):
                if at == space and name in self.index:
                    row_of[self.index[name]] = row
            self.embedding_row[space] = row_of
        texts = [sample.text(self.options.embedded_text) for sample in self.samples]
        expected = [(self.id[i], space) for space in self.spaces for i, text in enumerate(texts) if text is not None and normalize_white(text)]
        report.same_rows("embeddings: rows", rows, expected)
        keys = table.rows(*KEYS)
        known = [i for i, (name, _) in enumerate(rows) if name in self.index]
        report.equal("embeddings: keys", [rows[i][0] for i in known], [keys[i] for i in known], [self.samples[self.index[rows[i][0]]].key for i in known])
        lengths = np.linalg.norm(matrix.astype(np.float64), axis=1) if len(table) else np.empty(0)
        # 384 coordinates rounded to f32 after a normalization: 1e-6 leaves room for one that was summed in f32.
        report.near("embeddings: length of the vectors", rows, lengths, np.ones(len(rows)), 1e-6)
        total, seen, chunks = (table.numbers(name) for name in ("tokens_total", "tokens_seen", "chunks"))
        report.near("embeddings: tokens_seen", rows, seen, total, 0.0)
        report.near("embeddings: chunks", rows, chunks, np.maximum(1.0, np.ceil(total / self.options.window)), 0.0)
        if self.token_count is not None:
            bodies = [texts[self.index[rows[i][0]]] for i in known]
            counted = [np.nan if body is None else self.token_count(body) for body in bodies]
            report.near("embeddings: tokens_total", [rows[i] for i in known], total[known], counted, 0.0)
        self._check_equal_texts(texts)

    def _check_equal_texts(self, texts):
        faults, first = [], {}
        for space in self.spaces:
            for position, row in enumerate(self.embedding_row[space]):
                one = first.setdefault((space, texts[position]), row)
                if row >= 0 and one >= 0 and self.vectors[row].tobytes() != self.vectors[one].tobytes():
                    faults.append(f"{self.label[position]}: another vector than the same text has elsewhere")
        self.report.line("embeddings: equal texts", faults, f"{len(first)} different texts")

    # ---- pairs ---------------------------------------------------------------------------------------------------

    def check_pairs(self):
        table, pairs, report = self.tables["pairs"], self.pairs, self.report
        ours = [(self.id[i], self.id[j]) for i, j in zip(pairs.a, pairs.b)]
        theirs = table.rows("sample_a", "sample_b")
        report.same_rows("pairs: rows", theirs, ours)
        where = {both: row for row, both in enumerate(theirs)}
        self.pair_place = np.array([where.get(both, -1) for both in ours], dtype=np.int64)
        shown = np.flatnonzero(self.pair_place >= 0)
        self.pair_label = [f"pair {ours[i]}" for i in shown]
        rounds = [(self.samples[pairs.a[i]].round, self.samples[pairs.b[i]].round) for i in shown]
        expected = [(*self.samples[pairs.a[i]].key, a, b, b - a) for i, (a, b) in zip(shown, rounds)]
        found = table.rows(*KEYS, "round_a", "round_b", "lag")
        report.equal("pairs: keys, rounds, lag", self.pair_label, [found[self.pair_place[i]] for i in shown], expected)
        for name in table.names[len(COLUMNS["pairs"][0]) + len(COLUMNS["pairs"][1]) :]:
            metric, _, space = name.partition(":")
            if metric not in PAIR_METRICS or (metric == "cosine") != bool(space):
                continue  # held against its peer by a fixture of the unit tests
            bound = {"cosine": COSINE, "levenshtein_similarity": SIMILARITY, "indel_similarity": SIMILARITY}.get(metric, 0.0)
            values = self.pair_values(metric, space or self.options.text)
            found = table.numbers(name)[self.pair_place[shown]]
            report.near(f"pairs: {name}", self.pair_label, found, values[shown], bound)
            if metric == "cosine":
                # What is built from cosines is then compared to the last digits, from the numbers that the table has.
                values[shown] = np.where(np.isnan(found) == np.isnan(values[shown]), found, values[shown])
        wanted = {"same_answer", "verbatim", "levenshtein", "levenshtein_similarity", "indel_similarity", *(f"cosine:{s}" for s in self.spaces)}
        report.line("pairs: columns", [f"no column `{name}`" for name in sorted(wanted - set(table.names))], f"{len(wanted)} expected")

    def pair_values(self, metric, space):
        """Our value per pair."""
        if metric == "cosine":
            key = ("cosine", space)
            if key not in self._values:
                none = np.full(len(self.samples), -1, dtype=np.int64)
                self._values[key] = measures.cosines(self.pairs, self.vectors, self.embedding_row.get(space, none))
            return self._values[key]
        if metric == "same_answer":
            return measures.same_answer(self.pairs, self.samples)
        if space not in self._strings:
            self._strings[space] = measures.string_columns(self.pairs, [sample.text(space) for sample in self.samples])
        return self._strings[space][metric]

    # ---- groups --------------------------------------------------------------------------------------------------

    def check_groups(self):
        table, report = self.tables["groups"], self.report
        keys, theirs = list(self.groups), table.rows(*KEYS, "metric", "space")
        self.measured = sorted({row[-2:] for row in theirs if None not in row[-2:]})
        faults = [f"no metric `{name}`" for name in self.options.metrics if name not in {metric for metric, _ in self.measured}]
        report.line("groups: metrics", faults, ", ".join(f"{metric} on {space}" for metric, space in self.measured))
        self.measured = [(metric, space) for metric, space in self.measured if metric in PAIR_METRICS + SAMPLE_METRICS]
        report.same_rows("groups: rows", theirs, [(*key, *both) for key in keys for both in self.measured])
        where = {row: i for i, row in enumerate(theirs)}
        numbers = {name: table.numbers(name) for name in ("value", "n_samples", "n_pairs")}
        self.group_values = {}
        counts = {"n_samples": [], "n_pairs": []}  # (row, theirs, ours)
        for metric, space in self.measured:
            ours = self._group_column(metric, space)
            self.group_values[metric, space] = ours["value"]
            there = [i for i, key in enumerate(keys) if (*key, metric, space) in where]
            rows = [where[(*keys[i], metric, space)] for i in there]
            labels = [f"group {keys[i]}" for i in there]
            self._near_scaled(f"groups: {metric} on {space}", labels, numbers["value"][rows], ours["value"][there], MEAN)
            for name, found in counts.items():
                found += zip((theirs[row] for row in rows), numbers[name][rows], ours[name][there])
        for name, found in counts.items():
            report.near(f"groups: {name}", *(zip(*found) if found else ([], [], [])), 0.0)
        reasons = table.rows("value", "missing")
        faults = [f"{theirs[i]}: value {value}, missing {why!r}" for i, (value, why) in enumerate(reasons) if (value is None) != bool(why)]
        report.line("groups: missing says why", faults, f"{sum(value is None for value, _ in reasons)} null of {len(reasons)}")

    def _near_scaled(self, name, labels, theirs, ours, bound):
        """Means of token and character counts reach thousands: the bound is relative to our value, absolute below 1."""
        scale = np.maximum(1.0, np.abs(np.nan_to_num(ours)))
        self.report.near(name, labels, theirs / scale, ours / scale, bound)

    def _group_column(self, metric, space):
        sizes = list(map(len, self.groups.values()))
        if metric in PAIR_METRICS:
            values, n_pairs = self.pairs.group_means(self.pair_values(metric, space))
            if metric == "cosine":
                there = self.embedding_row.get(space, np.full(len(self.samples), -1)) >= 0
            elif metric == "same_answer":
                there = np.array([sample.answer_class is not None for sample in self.samples])
            else:
                there = np.array([sample.text(space) is not None for sample in self.samples])
            return {"value": values, "n_pairs": n_pairs, "n_samples": np.array([there[members].sum() for members in self.groups.values()])}
        owner = np.repeat(np.arange(len(sizes)), sizes)
        order = np.array([position for members in self.groups.values() for position in members])
        values, entered = measures.means_by(owner, self.sample_values(metric)[order], len(sizes))
        return {"value": values, "n_pairs": np.full(len(sizes), np.nan), "n_samples": entered}

    def sample_values(self, metric):
        """Our value per sample; counted tokens are those that `samples` was checked for."""
        if metric not in self._values:
            theirs = self._theirs(metric)
            count = self.token_count

            def counted(position, name):
                sample = self.samples[position]
                body = sample.thinking if name == "thinking_tokens" else sample.solution
                return None if body is None else theirs[position] if count is None else count(body)

            self._values[metric] = measures.sample_column(self.samples, metric, counted)
        return self._values[metric]

    # ---- summary -------------------------------------------------------------------------------------------------

    def resampling(self):
        return inference.Resampling(self.options.replicates, self.options.resamples, self.options.seed)

    def check_summary(self):
        table = self.tables["summary"]
        theirs = table.rows(*KEYS[:5], "metric", "space")
        keys = list(self.groups)
        self.questions = {both: measures.question_means(keys, values) for both, values in self.group_values.items()}
        self.cells = sorted({measures.cell_of(key) for key in keys}, key=str)
        ours = [(*cell, *both) for cell in self.cells for both in self.measured]
        self.report.same_rows("summary: rows", theirs, ours)
        where = {row: i for i, row in enumerate(theirs)}
        rows = [row for row in ours if row in where]
        values = {row: list(self.questions[row[5:]][row[:5]].values()) for row in rows}
        counts = self._group_counts()
        for name, expected in (
            ("value", [np.mean(values[row]) if values[row] else np.nan for row in rows]),
            ("n_questions", [len(values[row]) for row in rows]),
            ("n_groups", [counts[row][0] for row in rows]),
            ("n_missing", [counts[row][1] for row in rows]),
        ):
            self._near_rows("summary", name, table, where, rows, expected, MEAN if name == "value" else 0.0)
        self._check_intervals("summary", table, where, rows, values)

    def _near_rows(self, name, column, table, where, rows, expected, bound):
        theirs, ours = table.numbers(column)[[where[row] for row in rows]], np.array(expected, dtype=np.float64)
        self._near_scaled(f"{name}: {column}", rows, theirs, ours, bound)

    def _group_counts(self):
        counts = defaultdict(lambda: [0, 0])
        for both, values in self.group_values.items():
            for key, value in zip(self.groups, values):
                counts[(*measures.cell_of(key), *both)][int(np.isnan(value))] += 1
        return counts

    def _check_t_intervals(self, name, table, where, rows, values):
        """Mean ± t sd/√n; fewer than two questions have no interval."""
        ends = {row: inference.t_interval(values[row], self.options.level) for row in rows}
        for column, end in (("ci_low", 0), ("ci_high", 1)):
            self._near_rows(name, column, table, where, rows, [ends[row][end] for row in rows], MEAN)

    def _check_intervals(self, name, table, where, rows, values):
        """BCa bootstrap over questions, expanded for few; fewer than two questions have no interval."""
        sampling, low, high = self.resampling(), table.numbers("ci_low"), table.numbers("ci_high")
        level = table.numbers("ci_level") if "ci_level" in table.names else np.full(len(table), self.options.level)
        tickets = {row: sampling.add(values[row]) for row in rows if len(values[row]) > 1}
        faults = []
        for row in rows:
            there = not np.isnan(low[where[row]]), not np.isnan(high[where[row]])
            if there != (row in tickets, row in tickets):
                faults.append(f"{row}: {len(values[row])} questions, interval {low[where[row]], high[where[row]]}")
        faults += [f"expected ci_level {self.options.level}, got {set(level)}"] if set(level) - {self.options.level} else []
        self.report.line(f"{name}: interval is there", faults, f"{len(rows)} compared, {len(tickets)} with two questions or more")
        drawn, labels, deviations = sampling.draw(inference.question_weights), [], []
        for row, ticket in tickets.items():
            ends = sampling.expanded_shares(drawn[ticket], values[row], self.options.level)
            for end, bound, (share, doubt) in zip(("low", "high"), (low[where[row]], high[where[row]]), ends):
                labels.append((*row, end))
                deviations.append(sampling.bound_deviation(drawn[ticket], bound, share, doubt))
        self.report.sigmas(f"{name}: ci_low, ci_high", labels, deviations, inference.SIGMAS)

    # ---- contrasts -----------------------------------------------------------------------------------------------

    def check_contrasts(self):
        table, questions = self.tables["contrasts"], self.questions
        named = ("dataset", "domain", "model", "mode_a", "feedback_a", "mode_b", "feedback_b", "metric", "space")
        theirs = table.rows(*named)
        differences, required = {}, []
        for a, b in inference.cell_pairs(self.cells):
            for both in self.measured:
                ours, other = questions[both][a], questions[both][b]
                shared = [name for name in ours if name in other]
                found = np.array([ours[name] - other[name] for name in shared])
                differences[(*a, *b[3:], *both)] = found
                differences[(*b, *a[3:], *both)] = -found
                if len(shared) and a[3] != b[3]:
                    required.append(((*a, *b[3:], *both), (*b, *a[3:], *both)))
        either = [one if one in set(theirs) else other for one, other in required]
        turned = {(*row[:3], *row[5:7], *row[3:5], *row[7:]) for row in theirs}
        self.report.same_rows("contrasts: rows", theirs, either, [row for row in differences if row not in turned])
        where = {row: i for i, row in enumerate(theirs)}
        rows = [row for row in theirs if row in differences]
        values = {row: differences[row] for row in rows}
        for name, expected, bound in (
            ("difference", [np.mean(values[row]) if len(values[row]) else np.nan for row in rows], MEAN),
            ("effect_size", [inference.effect_size(values[row]) for row in rows], MEAN),
            ("n_questions", [len(values[row]) for row in rows], 0.0),
        ):
            self._near_rows("contrasts", name, table, where, rows, expected, bound)
        self._check_t_intervals("contrasts", table, where, rows, values)
        self._check_p_values(table, where, rows, values)

    def _check_p_values(self, table, where, rows, values):
        p_values, adjusted = table.numbers("p_value"), table.numbers("p_adjusted")
        few = [row for row in rows if len(values[row]) <= inference.EXACT_UP_TO]
        exact = [inference.exact_sign_flip(values[row]) if len(values[row]) else np.nan for row in few]
        self.report.near("contrasts: p_value, exact", few, p_values[[where[row] for row in few]], exact, 1e-12)
        sampling, labels, deviations = self.resampling(), [], []
        tickets = {row: sampling.add(values[row]) for row in rows if len(values[row]) > inference.EXACT_UP_TO}
        drawn = sampling.draw(inference.sign_weights)
        for row, ticket in tickets.items():
            labels.append(row)
            deviations.append(sampling.p_deviation(drawn[ticket], float(np.mean(values[row])), p_values[where[row]]))
        self.report.sigmas("contrasts: p_value, sampled", labels, deviations, inference.SIGMAS)
        families, expected = defaultdict(list), np.full(len(table), np.nan)
        for row in rows:
            if not np.isnan(p_values[where[row]]):
                families[row[-2:]].append(where[row])
        for members in families.values():
            expected[members] = inference.holm(p_values[members])
        places = [where[row] for row in rows]
        self.report.near("contrasts: p_adjusted (Holm)", rows, adjusted[places], expected[places], 1e-12)

    # ---- rounds --------------------------------------------------------------------------------------------------

    def check_rounds(self):
        table, collected = self.tables["rounds"], {}
        theirs = table.rows(*KEYS[:5], "round", "metric", "space")
        for metric, space in self.measured:
            if metric in PAIR_METRICS:
                self._collect_steps(metric, space, collected)
                continue
            values = self.sample_values(metric)
            for key, members in self.groups.items():
                by_round = defaultdict(list)
                for position in members:
                    if not np.isnan(values[position]):
                        by_round[self.samples[position].round].append(values[position])
                for number, found in by_round.items():
                    row = (*measures.cell_of(key), number, metric, space)
                    collected.setdefault(row, {}).setdefault(key[5], []).append(np.mean(found))
        values = {row: [float(np.mean(found)) for found in questions.values()] for row, questions in collected.items()}
        self.report.same_rows("rounds: rows", theirs, list(values))
        where = {row: i for i, row in enumerate(theirs)}
        rows = [row for row in values if row in where]
        self._near_rows("rounds", "value", table, where, rows, [np.mean(values[row]) for row in rows], MEAN)
        self._near_rows("rounds", "n_questions", table, where, rows, [len(values[row]) for row in rows], 0.0)
        self._check_intervals("rounds", table, where, rows, values)

    def _collect_steps(self, metric, space, collected):
        """A pair metric between each round of a chain and the one before it, told of the later round."""
        values, by_chain = self.pair_values(metric, space), defaultdict(list)
        for value, a, b, owner in zip(values, self.pairs.a, self.pairs.b, self.pairs.owner):
            key, later = self.pairs.keys[owner], self.samples[b].round
            if key[6] is not None and not np.isnan(value) and later - self.samples[a].round == 1:
                by_chain[key, later].append(value)
        for (key, later), found in by_chain.items():
            row = (*measures.cell_of(key), later, metric, space)
            collected.setdefault(row, {}).setdefault(key[5], []).append(np.mean(found))


def _parsed(text):
    """JSON text of an object; itself when it is none, so that it differs from every object."""
    if text is None:
        return None
    try:
        return json.loads(text) or None
    except ValueError:
        return text
