"""The questions, each with its answer in one sentence. The numbers and their intervals are those of statements.

A sentence says what its number is over, and nothing that other data could make false.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from experiments.lab import terminal
from experiments.lab.claims import Claim
from experiments.lab.report.read import Result, measured


class Question(NamedTuple):
    """A question, and the statement that answers it, by its claim and id."""

    question: str
    short: str  # for the navigation
    answer: str  # {} stands for what the statement measured, with its interval; the next one is of `beside`
    why: str  # one or two sentences
    claim: str
    id: str
    try_it: str = ""  # settings of the playground, as its address holds them
    figure: int = 0  # which of the claim's figures
    beside: tuple[str, ...] = ()  # ids of other statements of the claim whose numbers the answer holds too

    def verdicts(self, known: dict[str, Result]) -> list[dict[str, Any]]:
        """The verdicts of its statements, the deciding one first; none where the claim was not run with all of them."""
        rows = {row["id"]: row for row in known[self.claim].verdicts} if self.claim in known else {}
        ids = (self.id, *self.beside)
        return [rows[one] for one in ids] if rows.keys() >= set(ids) else []

    def answered(self, rows: Sequence[dict[str, Any]]) -> str:
        """The answer with its numbers; with the outcome of a number beside the first, where it is another."""
        first, *others = rows
        told = [f" ({row['outcome']})" if row["outcome"] != first["outcome"] else "" for row in others]
        return self.answer.format(
            measured(first), *(measured(row) + end for row, end in zip(others, told, strict=True))
        )


QUESTIONS = (
    Question(
        "What can one neuron compute?",
        "one neuron",
        "One neuron learns {} of the 16 Boolean functions of two inputs: all but XOR and its opposite.",
        "A neuron draws one line through its inputs. The true corners of XOR have the same sum as its false "
        "corners, so no line has the true ones on one side.",
        "perceptron.census",
        "2 inputs",
        "task=xor&hidden=",
    ),
    Question(
        "Do two hidden neurons learn XOR?",
        "two neurons",
        "With two hidden neurons, {} of the networks learn XOR in the best of 45 settings, all with sigmoid, tanh or "
        "ReLU.",
        "Two hidden neurons can compute XOR, but training from random weights may end on a plateau or in a "
        "flat minimum. More neurons leave more ways to a solution.",
        "xor.two_neurons",
        "two-neurons",
        "task=xor&hidden=2",
    ),
    Question(
        "Can one hidden neuron learn XOR?",
        "one hidden",
        "With one hidden neuron of GELU or of sine, {} of the networks learn XOR; with sigmoid, tanh or ReLU none can.",
        "Sigmoid, tanh and ReLU never fall. A function that rises and falls can put both true corners of XOR "
        "above both false ones.",
        "xor.trained",
        "one-neuron-not-monotone",
        "task=xor&hidden=1&activation=gelu",
    ),
    Question(
        "Does depth help without a nonlinearity?",
        "linear layers",
        "However many linear layers they have, {} of 6,400 networks get all four rows of XOR right.",
        "A product of matrices is a matrix: linear layers compute what one of them can. They learn in another"
        " way, though.",
        "activations.linear",
        "three rows of four",
        "task=xor&hidden=4-4&activation=identity",
    ),
    Question(
        "Do thirty layers of ReLUs learn?",
        "thirty layers",
        "From Glorot's weights gradient descent fails; with Adam, {} of the networks get more than 20% of the digits "
        "right.",
        "A ReLU halves the mean square of a signal, and He's weights make up for that: with them gradient descent "
        "trains thirty layers. Adam divides each gradient by its size, so that it needs them less.",
        "phenomena.vanishing",
        "Adam",
    ),
    Question(
        "Does ReLU learn faster than tanh?",
        "ReLU or tanh",
        "In steps, ReLU networks learn {} times as fast as tanh networks, on average over five tasks and two solvers.",
        "Each activation has its own tuned rate and initial scale here. Which of two is faster depends on the task.",
        "activations.fastest",
        "relu-before-tanh",
    ),
    Question(
        "Is one hidden layer enough, and does training get there?",
        "one layer",
        "The best straight pieces lower the error about as the inverse square of their number; ReLU networks trained "
        "by Adam fall short by {} in the power, over nine targets.",
        "Weights from a formula make the error fall as the inverse square of the number of neurons. Adam finds such "
        "places for its neurons only in part.",
        "universal_approximation.trained",
        "ReLU slope, Adam",
        "task=sine&hidden=16&activation=relu",
        figure=1,
    ),
    Question(
        "Does depth help at equal size?",
        "depth",
        "With as many parameters, the best deep network makes {} times the error of one hidden layer, on average over "
        "nine tasks.",
        "It helps most on radial waves and on spirals of three turns, and little on MNIST-1D. On digits it is not "
        "settled.",
        "wide_versus_deep.equal_budgets",
        "more layers",
        "task=spirals&hidden=6-6",
    ),
    Question(
        "Does depth help on speech?",
        "speech",
        "On synthesised speech, five layers lead one of as many weights by {} points with ReLUs; with pretrained "
        "sigmoids, as published, by {}.",
        "ReLUs see 25 million frames in training, and after 750 thousand are still behind. Microsoft's published table "
        "was of pretrained sigmoids, which see 6 million here.",
        "wide_versus_deep.speech",
        "primary",
        beside=("sigmoid, pretrained: 5 against =5",),
    ),
    Question(
        "When does deep learning win?",
        "classical",
        "With 4,096 to 16,384 rows, the best deep network makes {} times the error of the best classical method, "
        "over eight data sets; with 65,536, it wins on MNIST-1D, not on speech.",
        "There are six classical methods. On five of the eight sets the best is a support vector machine. With 65,536 "
        "rows of MNIST-1D a deep network makes half the error of the best of six. On speech frames it is level with "
        "the best, an SVM.",
        "learning_from_data.sample_size",
        "large samples",
    ),
    Question(
        "Can a network find a rule after it knows its examples?",
        "grokking",
        "On half of the table of a + b mod 97, gradient descent takes {} times as many steps for unseen rows as for "
        "training rows.",
        "They learn the rows by heart first. With weight decay, fewer rows are enough to find the rule; by Adam on a "
        "smaller table it then comes far later.",
        "phenomena.grokking",
        "delay",
    ),
)


def answers(outcomes: Sequence[tuple[Claim, Sequence[dict[str, Any]]]]) -> str:
    """A line for each question that these claims answer: claim, outcome, number and question; and in a last line how
    many of all their statements came to which outcome.
    """
    known = {claim.name: {one["id"]: one for one in verdicts} for claim, verdicts in outcomes}
    found = [(one, known.get(one.claim, {}).get(one.id)) for one in QUESTIONS]
    rows = [(one.claim, row["outcome"], measured(row), one.question) for one, row in found if row]
    every = [one for _, verdicts in outcomes for one in verdicts]
    total = f"{len(every)} statements of {len(outcomes)} experiments: {terminal.counts(every)}"
    return f"{terminal.aligned(rows)}\n\n{total}" if rows else total
