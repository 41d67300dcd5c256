"""One line per check, and the verdict."""

import numpy as np


class Report:
    """Prints each check as it is made and remembers whether one failed."""

    SHOWN = 12  # examples of a failure

    def __init__(self, out=print):
        self.out, self.failed, self.passed = out, [], 0

    def line(self, name, faults, said):
        """A check with its faults (text each) and what it saw."""
        self.out(f"{'FAIL' if faults else 'ok  '} {name:<44} {said}")
        for fault in faults[: self.SHOWN]:
            self.out(f"       {fault}")
        if len(faults) > self.SHOWN:
            self.out(f"       … and {len(faults) - self.SHOWN} more")
        if faults:
            self.failed.append(name)
        else:
            self.passed += 1

    def note(self, text):
        """Something that is said but not judged."""
        self.out(f"note {text}")

    def equal(self, name, labels, theirs, ours):
        """Exactly the same values, None included."""
        faults = [f"{where}: expected {ours[i]!r:.200}, got {theirs[i]!r:.200}" for i, where in enumerate(labels) if theirs[i] != ours[i]]
        self.line(name, faults, f"{len(labels)} compared, {len(faults)} differ")

    def near(self, name, labels, theirs, ours, bound):
        """Numbers within `bound`, NaN (null) only where NaN is due."""
        theirs, ours = np.asarray(theirs, dtype=np.float64), np.asarray(ours, dtype=np.float64)
        missing = np.isnan(theirs) != np.isnan(ours)
        with np.errstate(invalid="ignore"):
            apart = np.where(np.isnan(theirs) | np.isnan(ours), 0.0, np.abs(theirs - ours))
        apart = np.where(np.isnan(apart), np.inf, apart)  # ∞ − ∞
        wrong = np.flatnonzero(missing | (apart > bound))
        faults = [f"{labels[i]}: expected {ours[i]!r}, got {theirs[i]!r}" for i in wrong]
        largest = float(np.max(apart, initial=0.0))
        nulls = int(np.count_nonzero(np.isnan(ours)))
        self.line(name, faults, f"{len(labels)} compared ({nulls} null), largest deviation {largest:.2e}, bound {bound:.0e}")

    def sigmas(self, name, labels, deviations, bound):
        """Monte-Carlo deviations in standard deviations."""
        faults = [f"{labels[i]}: {deviations[i]:.1f} standard deviations off" for i in range(len(labels)) if not deviations[i] <= bound]
        largest = max(deviations, default=0.0)
        self.line(name, faults, f"{len(labels)} compared, largest {largest:.2f} sigma of Monte-Carlo error, bound {bound:.0f}")

    def same_rows(self, name, theirs, ours, optional=()):
        """Each expected row once and no other; rows of `optional` may be there too."""
        faults = _absent(theirs, ours)
        allowed, seen = {*ours, *optional}, set()
        for row in theirs:
            if row in seen:
                faults.append(f"row {row} is there twice")
            elif row not in allowed:
                faults.append(f"unexpected row {row}")
            seen.add(row)
        self.line(name, faults, f"{len(theirs)} rows, expected {len(ours)}")

    def close(self):
        """Prints the verdict and gives the exit code."""
        self.out(f"{self.passed} checks passed, {len(self.failed)} failed{': ' if self.failed else ''}{', '.join(self.failed)}")
        return 1 if self.failed else 0


def _absent(theirs, ours):
    there = set(theirs)
    return [f"no row {row}" for row in ours if row not in there]
