"""Estimators with scikit-learn's interface: one `fit` trains hundreds of candidate networks on a table.

    from nnjax.sklearn import SweepClassifier
    model = SweepClassifier(n_iter=60, random_state=0).fit(x, y)      # a NumPy array, or a pandas DataFrame
    model.best_params_, model.predict_proba(x_new)

It needs the extra `sklearn`: `pip install '.[sklearn]'` in a copy of the repository. `import nnjax` does not load it.
"""

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        "nnjax.sklearn needs scikit-learn: pip install '.[sklearn]' in a copy of the repository"
    ) from error

from nnjax.sklearn.columns import Columns
from nnjax.sklearn.estimators import SweepClassifier, SweepRegressor

__all__ = ["Columns", "SweepClassifier", "SweepRegressor"]
