"""`SweepClassifier` and `SweepRegressor`: networks for tables, chosen from many candidates in one `fit`."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.model_selection import check_cv
from sklearn.utils import assert_all_finite, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from nnjax import activations, arguments, naming
from nnjax.checks import is_number
from nnjax.sklearn import columns, ensemble
from nnjax.sklearn.columns import Columns, Parsed, TableEstimator
from nnjax.sklearn.search import SHORTER, Candidate, Draws, Found, Space, Training, parts, search
from nnjax.tasks import Data

__all__ = ["OneHot", "SweepClassifier", "SweepRegressor", "Target"]

# The most rows of a batch by default. The batches of an epoch are of equal size, as rows that fill up the last one cost
# as much as others: with 256 of 800 rows in a batch, a fifth of the work would be lost.
BATCH = 256
# Steps of a training run by default: this many epochs, but within these limits. On diabetes and wine, which are one
# batch, 300 steps were as good as 1,000; on 2,000 rows of letter the error was 10.2% after 300 and 9.3% after 1,000.
EPOCHS, LEAST_STEPS, MOST_STEPS = 100, 300, 4000
# The search may take the part SEARCH of `max_seconds`; the rest is for the ensemble, which is compiled anew.
SEARCH = 0.7


type Splits = list[tuple[np.ndarray, np.ndarray]]


class Target(NamedTuple):
    """The networks of a regressor learn (y - mean) / scale."""

    mean: float
    scale: float

    def learned(self, y: np.ndarray) -> np.ndarray:
        """The targets [n] as the networks learn them: [n, 1]."""
        return ((y - self.mean) / self.scale)[:, None]


class OneHot(NamedTuple):
    """The networks of a classifier learn one-hot targets of `classes` columns."""

    classes: int

    def learned(self, y: np.ndarray) -> np.ndarray:
        """The classes [n], 0 to k - 1, as the networks learn them: [n, k]."""
        return np.eye(self.classes)[y]


class _Sweep(TableEstimator, ABC):
    """What both estimators share: the search over candidates, and the ensemble of the best."""

    loss: str
    best_possible: float

    def __init__(
        self,
        hidden_layer_sizes: Any = ((64,), (256,), (128, 128)),
        *,
        activation: Any = "relu",
        learning_rate_init: Any = None,
        alpha: Any = None,
        batch_size: Any = "auto",
        max_iter: Any = None,
        n_iter: Any = 60,
        max_seconds: Any = None,
        cv: Any = 5,
        n_repeats: Any = 1,
        n_estimators: Any = 8,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.learning_rate_init = learning_rate_init
        self.alpha = alpha
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.n_iter = n_iter
        self.max_seconds = max_seconds
        self.cv = cv
        self.n_repeats = n_repeats
        self.n_estimators = n_estimators
        self.random_state = random_state

    @abstractmethod
    def _target(self, y: np.ndarray) -> Any:
        """The conversion from targets to what networks learn, fitted to the targets y [n] of training rows."""

    def _search_and_train(self, table: Parsed, y: np.ndarray, weight: np.ndarray | None) -> None:
        """Search on folds, then train the best candidates on all rows. Rows of weight 0 are left out."""
        total = len(y)
        rows = np.arange(total) if weight is None else np.flatnonzero(weight)
        if len(rows) < total:
            table, y, weight = table.taken(rows), y[rows], None if weight is None else weight[rows]
        if len(y) < 2:
            raise ValueError(f"n_samples={len(y)}: at least 2 rows are needed, one to train on and one to judge by")
        space, members = self._space(), arguments.whole("n_estimators", self.n_estimators)
        rng = check_random_state(self.random_state)
        splits = self._splits(y, rows, total, rng)
        folds = dict(self._folds(splits, table, y, weight, rng))
        fewer, n = max(len(train) for train, _ in splits), len(y)
        most = self._batch(n)
        filled = _rounded(fewer, most)
        batch = _equal(filled, most) if most and self.batch_size == "auto" else most
        training = Training(self.loss, batch and min(batch, filled), self._steps(fewer, most))
        found = self._found(folds, Draws(space, rng), training)
        self.cv_results_ = _results(found, self.best_possible)
        ranked = [
            i for i in found.order() if np.isfinite(found.losses[i]).all() and found.length[i] == training.num_steps
        ]
        if not ranked:
            raise ValueError(
                f"learning_rate_init={self.learning_rate_init!r:.80}: all {len(found.candidates)} candidates diverged"
            )
        self.best_index_ = int(ranked[0])
        self.best_params_ = found.candidates[self.best_index_]._asdict()
        self.best_score_ = float(self.cv_results_["mean_test_score"][self.best_index_])
        ranked = ranked[: -(-len(ranked) // 2)]
        # As many epochs as on the folds, which have fewer rows.
        longer = 1.0 if batch is None else n / fewer
        steps = np.maximum(1, np.rint(longer * found.steps)).astype(int)
        chosen = [
            ensemble.Member(found.candidates[i], int(rng.randint(2**31 - 1)), int(steps[i]), float(found.sharpness[i]))
            for i in (ranked * members)[:members]
        ]
        self.transformer_ = Columns().fit(table)
        self.target_ = self._target(y)
        every, weights = _filled(np.arange(n), _rounded(n, batch), weight)
        x, learned = columns.inputs(self.transformer_.parts_, table), self.target_.learned(y)
        everything = Data(x[every], learned[every], weight=weights)
        self.networks_ = ensemble.train(
            chosen, everything, loss=self.loss, batch_size=batch, num_steps=round(longer * training.num_steps)
        )
        self.n_iter_ = chosen[0].steps

    def _folds(
        self, splits: Splits, table: Parsed, y: np.ndarray, weight: np.ndarray | None, rng: np.random.RandomState
    ) -> Iterator[tuple[str, Data]]:
        """The folds by name: each with inputs and targets scaled by its own training rows, all of equal shapes."""
        rows = _rounded(max(len(train) for train, _ in splits), self._batch(len(y)))
        held_out = min(len(test) for _, test in splits)
        held_out -= held_out % _unit(held_out)
        made = []
        for train, test in splits:
            filled, weights = _filled(train, rows, weight)
            test = rng.permutation(test)[:held_out]
            known, target = columns.fitted(table.taken(train)), self._target(y[train])
            x, x_test = (columns.inputs(known, table.taken(some)) for some in (filled, test))
            made.append((x, target.learned(y[filled]), x_test, target.learned(y[test]), weights))
        # A fold has one input fewer for each category that its training rows lack.
        wide = max(x.shape[1] for x, *_ in made)
        for i, (x, learned, x_test, y_test, weights) in enumerate(made):
            x, x_test = (np.pad(one, ((0, 0), (0, wide - one.shape[1]))) for one in (x, x_test))
            yield f"{i}", Data(x, learned, x_test, y_test, weights)

    def _splits(self, y: np.ndarray, rows: np.ndarray, total: int, rng: np.random.RandomState) -> Splits:
        """The training and held-out rows of every fold, as indices into `rows`, which are those of weight above 0."""
        repeats = arguments.whole("n_repeats", self.n_repeats)
        cv = 5 if self.cv is None else self.cv  # as scikit-learn has it
        if is_number(cv):
            k = min(arguments.whole("cv", cv, least=2), len(y))
            folds = [parts(y, k, rng) for _ in range(repeats)]
            return [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for fold in folds for i in range(k)]
        place = np.full(total, -1)
        place[rows] = np.arange(len(rows))
        all_y = np.zeros(total, y.dtype)
        all_y[rows] = y
        splitter: Any = check_cv(cv)
        found = [tuple(place[np.asarray(part)] for part in pair) for pair in splitter.split(place[:, None], all_y)]
        splits = [(train[train >= 0], test[test >= 0]) for train, test in found]
        if repeats > 1 or not splits or any(0 in (len(train), len(test)) for train, test in splits):
            raise ValueError(
                f"cv={self.cv!r:.80} must have training and test rows in every fold, and needs n_repeats=1"
            )
        return splits

    def _found(self, folds: dict[str, Data], draws: Draws, training: Training) -> Found:
        """Search with `n_iter` candidates on all folds, or with as many as `max_seconds` allows."""
        begin, space = time.perf_counter(), draws.space
        limit = self.max_seconds
        if limit is not None and (not is_number(limit) or not 0 < limit < np.inf):
            raise ValueError(f"max_seconds={limit!r} must be a finite number of seconds above 0, or None")
        seed = int(draws.rng.randint(2**31 - len(folds)))
        asked = -(-arguments.whole("n_iter", self.n_iter) // space.cells)
        count = int(min(asked if limit is None else 1, draws.left))
        longest = -(-self.n_estimators // space.cells)  # of each combination: enough for the ensemble
        short, training = training.rounds()
        if limit is None and (count <= longest or short == training):
            return search(folds, space, draws.next(count), training, seed)
        found = search(folds, space, draws.next(count), short, seed)
        rate, trained = np.inf, 0.0  # candidates of a combination per second: unknown yet, as the first round compiled
        while limit is not None:
            start = time.perf_counter()
            left = (SEARCH * limit - (start - begin) - trained) / 2  # training for all steps takes as long again
            count = int(min(4 * count, rate * left, draws.left)) if left > 0 else 0
            if count < 1:
                break
            found = found.and_also(search(folds, space, draws.next(count), short, seed))
            spent = time.perf_counter() - start
            rate, trained = count / spent, trained + spent
        longest = max(longest, draws.drawn // SHORTER)
        return found.and_also(search(folds, space, found.best(longest, space), training, seed))

    def _space(self) -> Space:
        """The search space that the parameters define."""
        several = np.iterable(self.activation) and not isinstance(self.activation, str)
        names: list[Any] = list(self.activation) if several else [self.activation]
        for name in names:
            if not isinstance(name, str) or name not in activations.ACTIVATIONS:
                raise naming.unknown(name, activations.ACTIVATIONS, "activation")
        if not names:
            raise ValueError(f"activation={self.activation!r} must be a name in nnjax.activations, or several")
        return Space(
            tuple(dict.fromkeys(_listed_sizes(self.hidden_layer_sizes))),
            tuple(dict.fromkeys(names)),
            _listed_numbers("learning_rate_init", self.learning_rate_init, float(np.finfo(np.float32).tiny)),
            _listed_numbers("alpha", self.alpha, 0.0),
        )

    def _batch(self, rows: int) -> int | None:
        """The rows of a batch; None for all rows."""
        size = BATCH if self.batch_size == "auto" else arguments.whole("batch_size", self.batch_size)
        return size if size < rows else None

    def _steps(self, rows: int, batch: int | None) -> int:
        """The steps of a training run on so many rows, in batches of `batch`."""
        if self.max_iter is not None:
            return arguments.whole("max_iter", self.max_iter, most=arguments.MAX_STEPS)
        return min(max(EPOCHS * -(-rows // (batch or rows)), LEAST_STEPS), MOST_STEPS)

    def _checked(self, X: Any, y: np.ndarray, sample_weight: Any) -> tuple[Parsed, np.ndarray, np.ndarray | None]:
        """The columns of a table, its targets, and the weights of its rows, scaled to 1 at most."""
        table = self._parsed(X)
        check_consistent_length(X, y)
        if sample_weight is None:
            return table, y, None
        weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        if not weight.any():
            raise ValueError("sample_weight is 0 everywhere: at least one row must have a positive weight")
        return table, y, weight / weight.max()

    def _outputs(self, X: Any) -> np.ndarray:
        """The mean output of the networks for a table: [rows, k]."""
        check_is_fitted(self, "networks_")
        known = self.transformer_.parts_
        return ensemble.outputs(self.networks_, columns.inputs(known, self._parsed(X, known)), self.loss)


class SweepClassifier(ClassifierMixin, _Sweep):
    """A classifier: an ensemble of networks, chosen from many candidates.

    >>> from sklearn.datasets import load_iris
    >>> from nnjax.sklearn import SweepClassifier
    >>> x, y = load_iris(return_X_y=True)
    >>> model = SweepClassifier((8,), n_iter=8, max_iter=200, random_state=0).fit(x, y)
    >>> model.predict_proba(x[:2]).shape, bool(model.score(x, y) > 0.9)
    ((2, 3), True)

    Parameters:
        hidden_layer_sizes: the sizes of a network's hidden layers, such as (64,) or (64, 64); or several such tuples to
            choose from.
        activation: a name in `nnjax.activations`, or several. Every combination of hidden sizes and activation gets
            the same number of candidates.
        learning_rate_init: the initial learning rate, which falls to 0 along a cosine; several to choose from; or None
            to draw it between 0.001 and 0.03. `alpha`: the weight decay of AdamW, which is not scikit-learn's
            L2 penalty; None draws it between 0.0001 and 1.
        batch_size: rows per step; "auto" is at most 256, in batches of equal size. If there are fewer rows, all of them
            are one batch.
        max_iter: steps of a training run (not epochs, which scikit-learn's networks count); None is 100 epochs, but 300
            steps at least and 4,000 at most. Each candidate is stopped where its mean loss on the held-out rows was
            least.
        n_iter: number of candidates, rounded up to equally many in every combination; fewer if both learning_rate_init
            and alpha are lists with fewer pairs. If there are more candidates than networks in the ensemble, they are
            trained in two rounds. First, all are trained for about an eighth of the steps, but at least for about 12.
            Then the best eighth of each combination, or as many as the ensemble needs if these are more, are trained
            for all steps.
        max_seconds: about how long `fit` may take, instead of `n_iter`. The last round and the ensemble are compiled
            anew, so `fit` may take up to about twice as long. Results then differ from one call to the next.
        cv: number of folds (None is 5), each with its share of every class; or a splitter of scikit-learn, or pairs of
            training and held-out rows. All folds are judged on equally many rows: as many as the smallest has, or at
            most a sixteenth fewer, so that tables of similar size share compiled programs.
        n_repeats: how many times the rows are divided into folds.
        n_estimators: number of networks in the ensemble, trained on all rows. They take their settings in turn from the
            better half of the candidates that were trained for all steps; each network has its own seed.
        random_state: an int, a RandomState, or None.

    Attributes:
        cv_results_: as in scikit-learn's searches: params, split0_test_score, mean_test_score, rank_test_score, ...;
            and max_iter, for how many steps each candidate was trained, and n_iter, after how many it was stopped.
            Candidates trained longer rank first. A score is minus the cross-entropy in nats, after the logits are
            multiplied by `sharpness`. This factor is chosen together with the steps, and is the same for all folds.
        best_params_, best_score_, best_index_: the candidate of the greatest mean score among those trained longest.
        networks_: the ensemble: pairs (params, name of the activation), for `nnjax.mlp.predict`.
        transformer_: turns columns into inputs, see `Columns`.
        n_iter_: steps for which the best candidate was trained on all rows.
        n_features_in_, feature_names_in_: the number of columns of X, and their names if they have any.
        classes_: the classes, sorted.
    """

    loss, best_possible = "softmax_cross_entropy", 0.0

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "SweepClassifier":
        """Search, and train the ensemble.

        Args:
            X: [rows, columns], numbers or texts: an array, or a pandas DataFrame. Missing values are nan or None. Of
                a column of texts the 64 most frequent are inputs; rarer ones count as unknown.
            y: the class [rows] of each row: texts or whole numbers.
            sample_weight: the weight [rows] of each row in the loss that is trained, or None. The loss by which
                candidates are chosen counts held-out rows equally; rows of weight 0 are left out of everything.

        Raises:
            ValueError: for a single class, fewer than 2 rows, and parameters that are not allowed.
        """
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        if y.dtype == object and any(one is None for one in y):
            raise ValueError("y holds None: the class of every row must be known")
        check_classification_targets(y)
        table, y, weight = self._checked(X, y, sample_weight)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        seen = np.unique(numbers if weight is None else numbers[weight > 0])
        if len(seen) < 2:
            raise ValueError(f"y has one class, {self.classes_[seen[0]]!r}: a classifier needs at least two")
        self._search_and_train(table, numbers, weight)
        return self

    def _target(self, y: np.ndarray) -> OneHot:
        return OneHot(len(self.classes_))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities [rows, classes] in the order of `classes_`: the mean over the ensemble."""
        return self._outputs(X)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class [rows]."""
        found = self._outputs(X)  # raises NotFittedError before `fit`
        return self.classes_[found.argmax(axis=1)]


class SweepRegressor(RegressorMixin, _Sweep):
    """A regressor: an ensemble of networks, chosen from many candidates.

    Parameters:
        hidden_layer_sizes: the sizes of a network's hidden layers, such as (64,) or (64, 64); or several such tuples to
            choose from.
        activation: a name in `nnjax.activations`, or several. Every combination of hidden sizes and activation gets
            the same number of candidates.
        learning_rate_init: the initial learning rate, which falls to 0 along a cosine; several to choose from; or None
            to draw it between 0.001 and 0.03. `alpha`: the weight decay of AdamW, which is not scikit-learn's
            L2 penalty; None draws it between 0.0001 and 1.
        batch_size: rows per step; "auto" is at most 256, in batches of equal size. If there are fewer rows, all of them
            are one batch.
        max_iter: steps of a training run (not epochs, which scikit-learn's networks count); None is 100 epochs, but 300
            steps at least and 4,000 at most. Each candidate is stopped where its mean loss on the held-out rows was
            least.
        n_iter: number of candidates, rounded up to equally many in every combination; fewer if both learning_rate_init
            and alpha are lists with fewer pairs. If there are more candidates than networks in the ensemble, they are
            trained in two rounds. First, all are trained for about an eighth of the steps, but at least for about 12.
            Then the best eighth of each combination, or as many as the ensemble needs if these are more, are trained
            for all steps.
        max_seconds: about how long `fit` may take, instead of `n_iter`. The last round and the ensemble are compiled
            anew, so `fit` may take up to about twice as long. Results then differ from one call to the next.
        cv: number of folds (None is 5), each with its share of low and high targets; or a splitter of
            scikit-learn, or pairs of training and held-out rows. All folds are judged on equally many rows: as many as
            the smallest has, or at most a sixteenth fewer, so that tables of similar size share compiled programs.
        n_repeats: how many times the rows are divided into folds.
        n_estimators: number of networks in the ensemble, trained on all rows. They take their settings in turn from the
            better half of the candidates that were trained for all steps; each network has its own seed.
        random_state: an int, a RandomState, or None.

    Attributes:
        cv_results_: as in scikit-learn's searches: params, split0_test_score, mean_test_score, rank_test_score, ...;
            and max_iter, for how many steps each candidate was trained, and n_iter, after how many it was stopped.
            Candidates trained longer rank first; `sharpness` is 1. A score is R^2, with the mean and variance of the
            training rows.
        best_params_, best_score_, best_index_: the candidate of the greatest mean score among those trained longest.
        networks_: the ensemble: pairs (params, name of the activation), for `nnjax.mlp.predict`.
        transformer_: turns columns into inputs, see `Columns`.
        n_iter_: steps for which the best candidate was trained on all rows.
        n_features_in_, feature_names_in_: the number of columns of X, and their names if they have any.
        target_: the networks learn (y - target_.mean) / target_.scale.
    """

    loss, best_possible = "squared_error", 1.0

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "SweepRegressor":
        """Search, and train the ensemble.

        Args:
            X: [rows, columns], numbers or texts: an array, or a pandas DataFrame. Missing values are nan or None. Of
                a column of texts the 64 most frequent are inputs; rarer ones count as unknown.
            y: the number [rows] to predict for each row.
            sample_weight: the weight [rows] of each row in the loss that is trained, or None. The loss by which
                candidates are chosen counts held-out rows equally; rows of weight 0 are left out of everything.

        Raises:
            ValueError: for targets that are not finite, fewer than 2 rows, and parameters that are not allowed.
        """
        y = column_or_1d(y, dtype=np.float64, warn=True)
        assert_all_finite(y, input_name="y")
        self._search_and_train(*self._checked(X, y, sample_weight))
        return self

    def _target(self, y: np.ndarray) -> Target:
        scale = float(y.std())
        return Target(float(y.mean()), scale if scale > 1e-12 * np.abs(y).max() else 1.0)

    def predict(self, X: Any) -> np.ndarray:
        """The number [rows] predicted for each row: the mean over the ensemble."""
        found = self._outputs(X)  # raises NotFittedError before `fit`
        return self.target_.mean + self.target_.scale * found[:, 0]


def _unit(rows: int) -> int:
    """A power of two, at most a sixteenth of `rows` but at least 1: sizes that are its multiples share programs."""
    return max(1, 2 ** (rows.bit_length() - 5))


def _rounded(rows: int, batch: int | None) -> int:
    """The number of rows to fill a table up to: at most a sixteenth more, and no more than fit into as many batches."""
    full = -(-rows // _unit(rows)) * _unit(rows)
    return full if batch is None else min(full, -(-rows // batch) * batch)


def _equal(rows: int, most: int) -> int:
    """The size of batches that divide the rows into as few equal ones as possible, of at most `most` rows."""
    return -(-rows // -(-rows // most))


def _filled(rows: np.ndarray, count: int, weight: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The row indices filled up to `count`, and the weights [count] of the rows: 0 for those that fill up."""
    filled = np.pad(rows, (0, count - len(rows)), "edge")
    own = np.ones(count) if weight is None else weight[filled]
    return filled, np.where(np.arange(count) < len(rows), own, 0.0)


def _results(found: Found, best_score: float) -> dict[str, Any]:
    """The `cv_results_` of scikit-learn's searches; a score is `best_score` minus the loss."""
    scores = best_score - found.losses
    mean = scores.mean(axis=1)
    results: dict[str, Any] = {"params": [one._asdict() for one in found.candidates]}
    for name, values in zip(Candidate._fields, zip(*found.candidates, strict=True), strict=True):
        results[f"param_{name}"] = np.empty(len(values), float if name in ("learning_rate_init", "alpha") else object)
        results[f"param_{name}"][:] = values
    results |= {f"split{i}_test_score": scores[:, i] for i in range(scores.shape[1])}
    with np.errstate(invalid="ignore"):  # of candidates that diverged
        results |= {"mean_test_score": mean, "std_test_score": scores.std(axis=1)}
    results["rank_test_score"] = np.empty(len(mean), np.int32)
    results["rank_test_score"][found.order()] = np.arange(1, len(mean) + 1)
    results |= {"n_iter": found.steps, "max_iter": found.length, "sharpness": found.sharpness}
    return results


def _listed_sizes(given: Any) -> tuple[tuple[int, ...], ...]:
    """The hidden sizes of each network: `given` holds those of one, as in scikit-learn, or of several."""
    several = [given] if not np.iterable(given) or all(np.ndim(one) == 0 for one in given) else given
    if isinstance(given, list) and not given:
        raise ValueError("hidden_layer_sizes=[] must be a tuple of sizes, or several tuples; () means no hidden layer")
    return tuple(
        tuple(
            arguments.whole("hidden_layer_sizes", size, most=arguments.MAX_NEURONS)
            for size in (sizes if np.iterable(sizes) else [sizes])
        )
        for sizes in several
    )


def _listed_numbers(name: str, given: Any, least: float) -> tuple[float, ...] | None:
    """The given number or numbers as a tuple, or None."""
    if given is None:
        return None
    found: tuple[Any, ...] = tuple(given) if np.iterable(given) and not isinstance(given, str) else (given,)
    if not found or not all(is_number(one) and least <= one < np.inf for one in found):
        raise ValueError(
            f"{name}={given!r:.80} must be a number of {least:g} or more, a list of them, or None to draw them"
        )
    return tuple(dict.fromkeys(map(float, found)))
