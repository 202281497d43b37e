"""Single neurons: the threshold unit, the affine neuron, the perceptron learning rule, and its variants."""

from nnjax.neurons.perceptron import Path, Perceptron, perceptron_fit, perceptron_path, perceptron_step
from nnjax.neurons.relatives import Averaged, Pocket, averaged_fit, pocket_fit, widrow_hoff_step
from nnjax.neurons.unit import Params, affine, neuron, threshold_unit

__all__ = [
    "Averaged",
    "Params",
    "Path",
    "Perceptron",
    "Pocket",
    "affine",
    "averaged_fit",
    "neuron",
    "perceptron_fit",
    "perceptron_path",
    "perceptron_step",
    "pocket_fit",
    "threshold_unit",
    "widrow_hoff_step",
]
