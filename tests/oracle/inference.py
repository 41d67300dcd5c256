"""Intervals and tests over questions, from `metrics.md` 2.5, with their own random numbers.

What the run drew at random is compared as far as chance allows: a bound must lie at its quantile of our own replicates, and a p-value near our own,
within SIGMAS standard deviations of the two Monte-Carlo errors together. No density has to be guessed for that, and ties do no harm.
"""

import itertools
from collections import defaultdict

import numpy as np
from scipy import stats

EXACT_UP_TO = 20  # questions: all 2^20 sign flips are enumerated up to here
SIGMAS = 5.0  # a right bound fails with probability 6e-7; a run has at most some thousand of them
_BLOCK = 2_000  # replicates at a time, so that 800 questions need 13 MB


def holm(p_values):
    """Holm's step-down adjustment."""
    order = np.argsort(p_values, kind="stable")
    adjusted, running = np.empty(len(p_values)), 0.0
    for rank, position in enumerate(order):
        running = max(running, (len(p_values) - rank) * p_values[position])
        adjusted[position] = min(1.0, running)
    return adjusted


def effect_size(differences):
    """d_z: mean over standard deviation (n − 1); NaN where that does not exist."""
    if len(differences) < 2 or np.ptp(differences) == 0.0:
        return np.nan
    return float(np.mean(differences) / np.std(differences, ddof=1))


def exact_sign_flip(differences):
    """Two-sided share of all 2^Q sign flips whose mean is at least as far from 0 as the one found."""
    sums = np.zeros(1)
    for value in np.abs(differences):
        sums = np.concatenate([sums + value, sums - value])
    found, slack = abs(np.sum(differences)), 1e-12 * np.sum(np.abs(differences))
    return float(np.mean(np.abs(sums) >= found - slack))


def t_interval(values, level):
    """Mean ± t · sd/√n with n − 1 degrees of freedom; NaN where that does not exist."""
    n = len(values)
    if n < 2:
        return np.nan, np.nan
    half = 0.0 if np.ptp(values) == 0.0 else stats.t.ppf((1.0 + level) / 2.0, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
    return float(np.mean(values) - half), float(np.mean(values) + half)


class Resampling:
    """Collects vectors over questions, then draws for all vectors of one length together."""

    def __init__(self, replicates, theirs, seed):
        self.replicates, self.theirs = replicates, theirs
        self.random = np.random.default_rng(seed)
        self.wanted = defaultdict(list)

    def add(self, values):
        """Registers a vector; the ticket fetches its replicates from `draw`."""
        waiting = self.wanted[len(values)]
        waiting.append(np.asarray(values, dtype=np.float64))
        return len(values), len(waiting) - 1

    def draw(self, weights_of):
        """Ticket → replicates of the mean under the weights that `weights_of(random, replicates, n)` draws."""
        drawn = {}
        for n, vectors in sorted(self.wanted.items()):
            matrix, blocks = np.stack(vectors, axis=1), []
            for start in range(0, self.replicates, _BLOCK):
                size = min(_BLOCK, self.replicates - start)
                blocks.append(weights_of(self.random, size, n) @ matrix / n)
            means = np.concatenate(blocks)
            for number in range(len(vectors)):
                drawn[n, number] = means[:, number]
        return drawn

    def rank_error(self, share):
        """Standard deviation of the difference between two Monte-Carlo estimates of a share."""
        return np.sqrt(share * (1.0 - share) * (1.0 / self.replicates + 1.0 / self.theirs))

    def bound_deviation(self, replicates, bound, share, doubt=0.0):
        """How far `bound` is from the quantile `share` of the replicates, in standard deviations of the Monte-Carlo error.

        `doubt` is the standard deviation of the share itself.
        """
        slack = 1e-12 * max(1.0, float(np.max(np.abs(replicates))))
        # At the very ends ranks tell nothing: there a bound must not leave what the replicates reach by more than a step.
        # One question of six more or less is a fifth of what they span.
        margin = slack + 0.25 * np.ptp(replicates)
        if not np.min(replicates) - margin <= bound <= np.max(replicates) + margin:
            return np.inf
        below = np.mean(replicates < bound - slack)
        up_to = np.mean(replicates <= bound + slack)
        return max(0.0, below - share, share - up_to) / np.hypot(self.rank_error(np.clip(share, 1.0 / self.theirs, 1.0 - 1.0 / self.theirs)), doubt)

    def expanded_shares(self, replicates, values, level):
        """Where the ends of a BCa interval expanded for few questions lie among the replicates, each with its standard deviation.

        BCa after Efron 1987, with z replaced by sqrt(n/(n-1)) t; the bias z0 is itself estimated from replicates, theirs and ours.
        """
        n, mean = len(values), np.mean(values)
        z = np.sqrt(n / (n - 1)) * stats.t.ppf((1.0 + level) / 2.0, n - 1)
        slack = 1e-12 * max(1.0, float(np.max(np.abs(replicates))))
        below = (np.mean(replicates < mean - slack) + np.mean(replicates <= mean + slack)) / 2.0
        below = np.clip(below, 0.5 / len(replicates), 1.0 - 0.5 / len(replicates))
        bias, centered = stats.norm.ppf(below), np.asarray(values) - mean
        squares = np.sum(centered**2)
        acceleration = np.sum(centered**3) / (6.0 * squares**1.5) if squares > 0.0 else 0.0
        share = lambda bias, z: stats.norm.cdf(bias + (bias + z) / (1.0 - acceleration * (bias + z)))
        error = self.rank_error(below) / stats.norm.pdf(bias)
        ends = []
        for one in (-z, z):
            moved = abs(share(bias + error, one) - share(bias - error, one)) / 2.0
            ends.append((share(bias, one), moved))
        return ends

    def p_deviation(self, replicates, found, p_value):
        """How far a Monte-Carlo p-value is from our own, likewise; (1 + #) / (B + 1) is exact to one count on either side."""
        slack = 1e-12 * float(np.max(np.abs(replicates)))
        ours = (1 + np.count_nonzero(np.abs(replicates) >= abs(found) - slack)) / (self.replicates + 1)
        share = min(max(ours, 1.0 / self.theirs), 1.0 - 1.0 / self.theirs)
        return max(0.0, abs(p_value - ours) - 1.0 / self.theirs) / self.rank_error(share)


def question_weights(random, size, n):
    """How often each of n questions is drawn, with replacement."""
    return random.multinomial(n, np.full(n, 1.0 / n), size=size).astype(np.float64)


def sign_weights(random, size, n):
    """A random sign for each of n questions."""
    return random.integers(0, 2, size=(size, n)).astype(np.float64) * 2.0 - 1.0


def cell_pairs(cells):
    """Unordered pairs of cells of the same dataset, domain and model."""
    return [(a, b) for a, b in itertools.combinations(cells, 2) if a[:3] == b[:3]]
